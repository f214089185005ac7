// Rules for the scripts of the pages and for their tests.
import js from "@eslint/js";
import globals from "globals";

const rules = {
	"consistent-return": "error",
	curly: ["error", "multi-line"],
	"default-case-last": "error",
	eqeqeq: "error",
	"no-console": "error",
	"no-else-return": "error",
	"no-eval": "error",
	"no-implicit-coercion": ["error", { boolean: false, number: false, string: true }],
	"no-implied-eval": "error",
	"no-new-func": "error",
	"no-param-reassign": "error",
	"no-shadow": ["error", { builtinGlobals: false }],
	"no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
	"no-useless-concat": "error",
	"no-useless-rename": "error",
	"no-var": "error",
	"object-shorthand": ["error", "always", { avoidQuotes: true }],
	"prefer-arrow-callback": "error",
	"prefer-const": ["error", { destructuring: "all" }],
	"prefer-template": "error"
};

export default [
	js.configs.recommended,
	{
		files: ["frontend/ppa_web/static/js/*.js"],
		languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
		rules
	},
	{
		files: ["frontend/ppa_web/static/js/theme.js"],
		languageOptions: { sourceType: "script" }
	},
	{
		files: ["tests/js/*.mjs", "frontend/*.js"],
		languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.node },
		rules
	}
];
