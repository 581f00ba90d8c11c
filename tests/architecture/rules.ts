/**
 * The rules that the shape of the source keeps, as one lint plugin: what imports what, what pure
 * code must not touch, how large and how plain a file, a class and a function may be.
 */

import { importFault, type ImportKind, isPure, isWithin, kindOf } from "./import_rules.ts";

const IMPURE_GLOBALS: ReadonlySet<string> = new Set([
  "Deno",
  "performance",
  "setTimeout",
  "setInterval",
  "fetch",
  "Worker",
  "process",
  "globalThis",
]);

/** Members that make an otherwise pure global impure. */
const IMPURE_MEMBERS: ReadonlySet<string> = new Set([
  "Date.now",
  "Math.random",
  "crypto.getRandomValues",
  "crypto.randomUUID",
]);

const MAX_LINES = 300;
const MAX_FIELDS = 12;
const MAX_PARAMETERS = 4;
const GRAB_BAGS = /^(?:utils?|helpers?|types|common|misc|index)$/;
const FILE_NAME = /^_?[a-z0-9]+(?:_[a-z0-9]+)*\.ts$/;

/** Whether an identifier stands for a variable, not for the name of a member or a property. */
function isReference(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node || parent.computed;
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key !== node || parent.computed;
    default:
      return true;
  }
}

type Parameter = Deno.lint.Parameter | Deno.lint.TSParameterProperty;

function isBoolean(parameter: Parameter): boolean {
  if (parameter.type === "TSParameterProperty") return isBoolean(parameter.parameter);
  if (parameter.type === "AssignmentPattern") {
    const { left, right } = parameter;
    return (right.type === "Literal" && typeof right.value === "boolean") ||
      (left.type === "Identifier" && isBoolean(left));
  }
  return parameter.type === "Identifier" &&
    parameter.typeAnnotation?.typeAnnotation.type === "TSBooleanKeyword";
}

function fieldsOf(body: Deno.lint.ClassBody): number {
  let fields = 0;
  for (const member of body.body) {
    if (member.type === "PropertyDefinition" && !member.static) fields++;
    if (member.type === "AccessorProperty" && !member.static) fields++;
    if (member.type === "MethodDefinition" && member.kind === "constructor") {
      const parameters: readonly Parameter[] = member.value.params;
      fields += parameters.filter(({ type }) => type === "TSParameterProperty").length;
    }
  }
  return fields;
}

/** The names of all rules. */
export const RULES = [
  "layers",
  "pure",
  "file-name",
  "file-length",
  "mod-re-exports",
  "console",
  "class-fields",
  "parameters",
  "top-level-functions",
  "private-fields",
] as const;

/** The name of a rule. */
export type Rule = (typeof RULES)[number];

/** A breach of a rule. */
export interface Fault {
  readonly rule: Rule;
  readonly message: string;
}

type Visitor = Deno.lint.LintVisitor;

/** A file as the rules see it. */
interface Subject {
  readonly path: string;
  report(node: Deno.lint.Node, message: string): void;
  textOf(node: Deno.lint.Node): string;
}

function visitorOf(rule: Rule, { path, report, textOf }: Subject): Visitor {
  const name = path.split("/").at(-1) ?? "";
  switch (rule) {
    case "layers": {
      const check = (
        node: Deno.lint.Node,
        source: Deno.lint.Node | null,
        kind: ImportKind,
      ): void => {
        if (source?.type !== "Literal" || typeof source.value !== "string") return;
        const fault = importFault(path, source.value, kind);
        if (fault !== undefined) report(node, fault);
      };
      return {
        ImportDeclaration: (node) => check(node, node.source, kindOf(node)),
        ExportAllDeclaration: (node) => check(node, node.source, node.exportKind),
        ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind),
        ImportExpression(node) {
          check(node, node.source, "value");
          if (node.source.type !== "Literal") report(node, "imports what it computes");
        },
        TSImportType(node) {
          if (node.argument.type === "TSLiteralType") check(node, node.argument.literal, "type");
        },
      };
    }
    case "pure":
      if (!isPure(path)) return {};
      return {
        Identifier(node) {
          if (IMPURE_GLOBALS.has(node.name) && isReference(node)) report(node, node.name);
        },
        MemberExpression(node) {
          const { object, property } = node;
          if (object.type !== "Identifier") return;
          const member = property.type === "Identifier" ? property.name : "";
          const reached = `${object.name}.${member}`;
          if (IMPURE_MEMBERS.has(reached)) report(node, reached);
        },
        NewExpression(node) {
          if (node.callee.type !== "Identifier" || node.callee.name !== "Date") return;
          if (node.arguments.length === 0) report(node, "new Date()");
        },
      };
    case "file-name":
      return {
        Program(node) {
          const folders = path.split("/").slice(0, -1);
          if (!FILE_NAME.test(name)) report(node, `${name} is not snake_case`);
          for (const part of [...folders, name.replace(/\.ts$/, "")]) {
            if (GRAB_BAGS.test(part)) report(node, `"${part}" says nothing of what is in it`);
          }
        },
      };
    case "file-length":
      return {};
    case "mod-re-exports":
      if (name !== "mod.ts") return {};
      return {
        Program(node) {
          for (const statement of node.body) {
            if (statement.type === "ExportAllDeclaration") continue;
            if (statement.type === "ExportNamedDeclaration" && statement.source !== null) continue;
            report(statement, `does more than re-export: ${statement.type}`);
          }
        },
      };
    case "console":
      if (path === "main.ts" || isWithin(path, "lib/cli")) return {};
      return {
        Identifier(node) {
          if (node.name === "console" && isReference(node)) report(node, "console");
        },
      };
    case "class-fields":
      return {
        ClassBody(node) {
          const fields = fieldsOf(node);
          if (fields > MAX_FIELDS) report(node, `a class has ${fields} fields`);
        },
      };
    case "parameters": {
      const check = (node: Deno.lint.Node, parameters: readonly Parameter[]): void => {
        if (parameters.length > MAX_PARAMETERS) {
          report(node, `${parameters.length} parameters, should be an options object`);
        }
        if (parameters.some(isBoolean)) report(node, "a boolean parameter");
      };
      return {
        FunctionDeclaration: (node) => check(node, node.params),
        FunctionExpression: (node) => check(node, node.params),
        ArrowFunctionExpression: (node) => check(node, node.params),
      };
    }
    case "top-level-functions":
      return {
        Program(node) {
          for (const statement of node.body) {
            const inner = statement.type === "ExportNamedDeclaration"
              ? statement.declaration
              : statement;
            if (inner?.type !== "VariableDeclaration") continue;
            for (const { init } of inner.declarations) {
              if (init?.type !== "ArrowFunctionExpression" && init?.type !== "FunctionExpression") {
                continue;
              }
              report(statement, "a function in a top-level variable");
            }
          }
        },
      };
    case "private-fields": {
      // The tree does not tell the accessibility of a parameter property; the text does.
      const check = (node: Deno.lint.Node): void => {
        if (/^private\s(?!\s*constructor\b)/.test(textOf(node))) {
          report(node, "`private`, should be #private");
        }
      };
      return { PropertyDefinition: check, MethodDefinition: check, TSParameterProperty: check };
    }
  }
}

function lengthFaults(source: string): Fault[] {
  const lines = source.replace(/\n$/, "").split("\n").length;
  if (lines <= MAX_LINES) return [];
  return [{ rule: "file-length", message: `${lines} lines, at most ${MAX_LINES}` }];
}

/** Finds what a source file, known by its path from the root of the project, does against the rules. */
export function findFaults(path: string, source: string): Fault[] {
  const plugin: Deno.lint.Plugin = {
    name: "architecture",
    rules: Object.fromEntries(RULES.map((rule) => [rule, {
      create: (context) =>
        visitorOf(rule, {
          path,
          report: (node, message) => context.report({ node, message }),
          textOf: (node) => source.slice(...node.range),
        }),
    }])),
  };
  const found = Deno.lint.runPlugin(plugin, path, source).map(({ id, range, message }) => {
    const line = source.slice(0, range[0]).split("\n").length;
    const rule = id.replace("architecture/", "") as Rule;
    return { rule, message: `line ${line}: ${message}` };
  });
  return [...found, ...lengthFaults(source)];
}
