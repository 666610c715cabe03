// The part of Swagger UI that we use; the package has no types of its own.
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    url: string;
    domNode: Element;
    deepLinking?: boolean;
    tryItOutEnabled?: boolean;
    syntaxHighlight?: boolean;
    validatorUrl?: string | null;
    supportedSubmitMethods?: string[];
    defaultModelsExpandDepth?: number;
    displayRequestDuration?: boolean;
    persistAuthorization?: boolean;
  }
  export default function SwaggerUI(options: Options): unknown;
}
