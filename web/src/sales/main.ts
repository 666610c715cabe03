import { createApp } from "vue";
import "@/design/base.css";
import SalesPage from "./SalesPage.vue";

createApp(SalesPage).mount("#page");
