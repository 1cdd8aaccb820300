import tseslint from "typescript-eslint";

export default tseslint.config(...tseslint.configs.strict, ...tseslint.configs.stylistic, {
  rules: {
    // Typed arrays and matching loops index by construction; the assertion states it.
    "@typescript-eslint/no-non-null-assertion": "off",
    eqeqeq: "error",
    "no-console": "error",
    "no-restricted-properties": [
      "error",
      { property: "innerHTML", message: "Text from outside reaches the page through textContent." },
      { property: "outerHTML", message: "Text from outside reaches the page through textContent." },
    ],
  },
});
