// How to check an invoice yourself: what a seal is, and a script that needs nothing of Kontor.

import { createApp } from "vue";
import "@/design/base.css";
import CheckPage from "./CheckPage.vue";

createApp(CheckPage).mount("#page");
