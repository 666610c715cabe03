// Swagger UI's style sheet carries its pictures as data URLs, which the Content-Security-Policy does not load. This makes
// files of them, so that the policy can stay as narrow as it is.

import type { Plugin } from "vite";

const DATA_URL = /url\((?:"(data:(?:[^"\\]|\\.)*)"|(data:[^)]*))\)/g;
const EXTENSION: Record<string, string> = { "image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg" };

interface Picture {
  extension: string;
  source: Uint8Array;
}

function read(url: string): Picture | null {
  const comma = url.indexOf(",");
  const head = url.slice("data:".length, comma);
  const extension = EXTENSION[head.split(";")[0] ?? ""];
  if (!extension) return null;
  const body = url.slice(comma + 1).replaceAll('\\"', '"');
  const source = head.endsWith(";base64") ? Buffer.from(body, "base64") : Buffer.from(decodeURIComponent(body));
  return { extension, source };
}

export function pictureFiles(): Plugin {
  return {
    name: "picture-files",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
        const text = typeof file.source === "string" ? file.source : new TextDecoder().decode(file.source);
        file.source = text.replace(DATA_URL, (whole, quoted: string | undefined, plain: string | undefined) => {
          const picture = read(quoted ?? plain ?? "");
          if (!picture) return whole;
          const name = `picture.${picture.extension}`;
          return `url(/${this.getFileName(this.emitFile({ type: "asset", name, source: picture.source }))})`;
        });
      }
    },
  };
}
