/**
 * Documented: the rules about the comments that open a file and stand above an export.
 *
 * @module
 */
import { type Comment, type HouseRule, isModel, isShipped, type SourceFile } from "./house_rule.ts";

/** A name that says "exists in the kernel": lower case words joined by underscores, or leading underscores. */
const KERNEL_NAME = /^_*[a-z][a-z0-9]*(_[a-z0-9]+)+$|^_+[a-z]/;

/** A documented declaration: its names, and whether each is a function. */
interface Declared {
  readonly name: string;
  readonly isFunction: boolean;
}

/** The JSDoc right above an offset, when it is not the comment that opens the file; line comments may stand between. */
function docAbove(file: SourceFile, offset: number): Comment | undefined {
  let start = offset;
  for (const comment of file.comments.filter((each) => each.range[1] <= offset).reverse()) {
    if (file.text.slice(comment.range[1], start).trim() !== "") return undefined;
    if (comment.type === "Block") return isJsDoc(comment) && comment !== opening(file) ? comment : undefined;
    start = comment.range[0];
  }
  return undefined;
}

function isJsDoc(comment: Comment): boolean {
  return comment.type === "Block" && comment.value.startsWith("*");
}

/** The JSDoc that opens the file. */
function opening(file: SourceFile): Comment | undefined {
  const [first] = file.comments;
  const before = file.text.slice(0, first?.range[0]).replace(/^#!.*/, "");
  return first && isJsDoc(first) && before.trim() === "" ? first : undefined;
}

function nameOf(id: Deno.lint.Node | null | undefined): string {
  return id?.type === "Identifier" ? id.name : "default";
}

function declaredIn(node: Deno.lint.Node): Declared[] {
  switch (node.type) {
    case "VariableDeclaration":
      return node.declarations.map(({ id, init }) => ({
        name: nameOf(id),
        isFunction: init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression",
      }));
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return [{ name: nameOf(node.id), isFunction: true }];
    case "ClassDeclaration":
    case "TSEnumDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return [{ name: nameOf(node.id), isFunction: false }];
    default:
      return [{ name: "default", isFunction: node.type === "ArrowFunctionExpression" }];
  }
}

/** A rule over each exported declaration and its JSDoc. */
function ofExports(
  check: (declared: Declared, doc: Comment | undefined, report: (message: string) => void) => void,
): HouseRule["visit"] {
  return (file, report) => {
    const visit = (node: Deno.lint.Node, declaration: Deno.lint.Node) => {
      const start = node.range[0];
      const doc = docAbove(file, start);
      for (const declared of declaredIn(declaration)) {
        check(declared, doc, (message) => report([start, start + "export".length], message));
      }
    };
    return {
      ExportNamedDeclaration(node) {
        if (node.declaration) visit(node, node.declaration);
        else if (!node.source) report(node.range, "Export a name where it is declared and documented");
      },
      ExportDefaultDeclaration: (node) => visit(node, node.declaration),
    };
  };
}

/** A file says first what it is about. */
export const fileDoc: HouseRule = {
  covers: isShipped,
  visit: (file, report) => ({
    Program() {
      if (!opening(file)) {
        report([0, 0], "A file opens with a JSDoc comment: its idea, and what it must never do");
      }
    },
  }),
};

/** Every export says what it does; an overload is documented by its first signature. */
export const exportDoc: HouseRule = {
  covers: isModel,
  visit(file, report) {
    const documented = new Set<string>();
    return ofExports(({ name }, doc, reportExport) => {
      if (doc) documented.add(name);
      else if (!documented.has(name)) reportExport(`The export ${name} has no JSDoc`);
    })(file, report);
  },
};

/** A snake_case function exists in the kernel, and its docstring says where. */
export const kernelTag: HouseRule = {
  covers: isModel,
  visit: ofExports(({ name, isFunction }, doc, report) => {
    if (!isFunction || !KERNEL_NAME.test(name) || /@kernel[ \t]+\S/.test(doc?.value ?? "")) return;
    report(`The kernel function ${name} has no @kernel tag: name its file and version, or use camelCase`);
  }),
};
