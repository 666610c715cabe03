import { createApp } from "vue";
import "@/design/base.css";
import DashboardPage from "./DashboardPage.vue";

createApp(DashboardPage).mount("#page");
