/**
 * Nothing ambient in the model: no clock, no global randomness, no host, no locale. What the model needs is passed in,
 * which is why the same seed gives the same bytes on every machine.
 *
 * @module
 */
import { type HouseRule, isModel } from "./house_rule.ts";

const HOST = "the caller in bench or fuzz passes in what the model needs";
const CLOCK = "time is virtual and part of the world";
const TASKS = "tasks are resumed by a scheduler";
const LOCALE = "output must not depend on the locale";

/** Globals that the model must not use, and why. */
export const AMBIENT: Readonly<Record<string, string>> = {
  Deno: HOST,
  process: HOST,
  navigator: HOST,
  console: "the caller in bench or fuzz prints",
  fetch: HOST,
  localStorage: HOST,
  globalThis: "it hides which global is used",
  Date: CLOCK,
  Temporal: CLOCK,
  performance: CLOCK,
  setTimeout: TASKS,
  setInterval: TASKS,
  queueMicrotask: TASKS,
  crypto: "randomness comes from the seed",
  Intl: LOCALE,
};

/** Members that the model must not use, by a pattern of the member's name, and why. */
const MEMBERS: readonly (readonly [RegExp, string])[] = [
  [/^random$/, "randomness comes from the seed, through the scheduler"],
  [/^toLocale|^localeCompare$/, LOCALE],
];

/** A name that stands for a property and not for a variable. */
function isPropertyName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Deno.lint.Node & Record<string, unknown>;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property.range[0] === node.range[0] && !parent.computed;
    case "Property":
      return parent.key.range[0] === node.range[0] && !parent.shorthand && !parent.computed;
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return (parent.key as Deno.lint.Node).range[0] === node.range[0] && !parent.computed;
    default:
      return false;
  }
}

/** Ambient globals, `Math.random` and locale dependent members are refused in src and mod.ts outside tests. */
export const ambient: HouseRule = {
  covers: isModel,
  visit(_file, report) {
    let last = -1; // the name in `{ name }` is visited twice, as key and as value
    return {
      Identifier(node) {
        if (node.range[0] === last) return;
        last = node.range[0];
        const why = Object.hasOwn(AMBIENT, node.name) ? AMBIENT[node.name] : undefined;
        if (why !== undefined && !isPropertyName(node)) report(node.range, `No ${node.name} here: ${why}`);
        if (node.name === "Math" && node.parent.type !== "MemberExpression") {
          report(node.range, "No Math as a value: it hides Math.random");
        }
      },
      MemberExpression(node) {
        const ofMath = node.object.type === "Identifier" && node.object.name === "Math";
        const { property } = node;
        const name = property.type === "Identifier" && !node.computed
          ? property.name
          : property.type === "Literal"
          ? String(property.value)
          : undefined;
        if (name === undefined) {
          if (ofMath) report(node.range, "No computed member of Math: it hides Math.random");
          return;
        }
        const found = MEMBERS.find(([pattern]) => pattern.test(name));
        if (found && (ofMath || name !== "random")) report(node.range, `No ${name} here: ${found[1]}`);
      },
    };
  },
};
