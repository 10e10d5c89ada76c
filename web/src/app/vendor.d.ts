declare module "htmx.org/dist/htmx.esm.js" {
  const htmx: { config: { noSwap: (number | string)[]; history: boolean | "reload" } };
  export default htmx;
}
