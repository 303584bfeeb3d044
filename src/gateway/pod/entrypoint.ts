export const entrypoint = "";
