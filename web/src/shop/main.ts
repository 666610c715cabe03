import { createApp } from "vue";
import "@/design/base.css";
import ShopPage from "./ShopPage.vue";

createApp(ShopPage).mount("#page");
