import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const features = ["start", "loops", "campaigns", "people", "live", "sources", "imports", "sql", "access", "metrics", "boards", "audiences", "contents"];

/** app → features → shared, and no feature knows another. */
const walls = features.map((feature) => ({
  files: [`src/features/${feature}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: features.filter((other) => other !== feature).map((other) => `@/features/${other}/*`),
            message: "A feature does not import another: what two need lies in src/ui or src/api.",
          },
          { group: ["../../*", "../*"], message: "Import from @/…, so that the walls can be seen." },
          { group: ["@/shell/*"], message: "The shell knows the features, not the other way round." },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/gen", "public", "scripts", "test-results"] },
  ...tseslint.configs.recommended,
  hooks.configs.flat["recommended-latest"],
  {
    files: ["src/**/*.{ts,tsx}"],
    rules: {
      "max-lines": ["error", { max: 150, skipBlankLines: false, skipComments: false }],
      "@typescript-eslint/no-explicit-any": "error",
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ["src/ui/**/*.{ts,tsx}", "src/api/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@/features/*", "@/shell/*"], message: "Shared code knows no feature." }] },
      ],
    },
  },
  ...walls,
);
