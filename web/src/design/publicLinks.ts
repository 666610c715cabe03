// The way around the public pages.

import { computed, type ComputedRef } from "vue";
import type { NavigationLink } from "./PageFrame.vue";
import { shared } from "@/language/shared";

/** The API's documentation lives on the function's own host, which an IP address cannot have. */
export function apiAddress(here: { protocol: string; host: string; hostname: string }): string | null {
  const isAddress = /^[\d.]+$/.test(here.hostname) || here.hostname.startsWith("[");
  return isAddress ? null : `${here.protocol}//sales.${here.host}/docs`;
}

export function publicLinks(current: "shop" | "sales" | "check"): ComputedRef<NavigationLink[]> {
  const api = apiAddress(location);
  return computed(() => {
    const links = [
      { href: "/", text: shared.value.shop, current: current === "shop" },
      { href: "/sales.html", text: shared.value.sales, current: current === "sales" },
      { href: "/check.html", text: shared.value.check, current: current === "check" },
    ];
    if (api) links.push({ href: api, text: shared.value.api, current: false });
    return links;
  });
}
