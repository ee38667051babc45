import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/dist/", "**/generated/", "**/node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    ignores: ["*.config.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // Numbers and bigints in messages are what people want to read.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // An arrow that returns a void call is shorter and says the same.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Only a main.ts reads the environment." },
      ],
    },
  },
  { files: ["*.config.ts"], extends: [tseslint.configs.strict] },
  {
    files: ["**/main.ts", "test/**/*.ts", "*.config.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  { files: ["**/*.js", "**/*.cjs"], languageOptions: { globals: { module: "writable" } } },
);
