// A function's API as Swagger UI shows it. It reads the document of the host that serves the page, so that one page
// does for every function; nothing is asked of any other host (no validator, no fonts).

import { createApp } from "vue";
import "@/design/base.css";
import "swagger-ui-dist/swagger-ui.css";
import "./swagger.css";
import DocsPage from "./DocsPage.vue";

createApp(DocsPage).mount("#page");
