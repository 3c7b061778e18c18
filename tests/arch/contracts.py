# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The kinds of import contract that import-linter's own kinds cannot say: allow-lists (design: architecture.md 1).

A list of what is forbidden forgets the library that nobody had heard of; a list of what is allowed does not. Four
kinds, registered in pyproject.toml: `only` (what a part may import), `imported_by` (who may import a part),
`never_reaches` (not even by way of others), `one_library` (an adapter holds one outside thing).
A broken contract names each import as "importer -> imported".
"""

import sys
from collections.abc import Iterable, Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

# The standard library's values and pure functions: no clock, file, thread, network, random or logging.
VALUES = frozenset(
    (
        *("__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib", "copy", "dataclasses"),
        *("datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "io"),
        *("itertools", "json", "math", "numbers", "operator", "re", "statistics", "string", "struct", "textwrap"),
        *("tomllib", "types", "typing", "unicodedata", "uuid", "zlib"),
    )
)
_GROUPS = {"@values": VALUES, "@stdlib": frozenset(sys.stdlib_module_names)}


def _within(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


class _AllowListContract(Contract):
    """What the four kinds share: the roots, the walk over a part's imports, the report."""

    def _ours(self, module: str) -> bool:
        return _within(module, self.session_options["root_packages"])

    def _words(self, name: str) -> list[str]:
        """A contract's list by its field's name: import-linter puts the parsed value where the field stood."""
        return list(getattr(self, name) or ())

    def _broken(self, graph: ImportGraph) -> Iterator[str]:
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = sorted(self._broken(graph))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(f"- {line}", bold=True)
        output.new_line()


class Only(_AllowListContract):
    """`modules` (without `but_not`) import themselves, `ours` and `outside`, and nothing else.

    `outside` holds top-level names, "@values", "@stdlib", or "*" for anything.
    """

    type_name = "only"
    modules = fields.ListField(subfield=fields.StringField())
    but_not = fields.ListField(subfield=fields.StringField(), required=False)
    ours = fields.ListField(subfield=fields.StringField(), required=False)
    outside = fields.ListField(subfield=fields.StringField(), required=False)

    def _broken(self, graph: ImportGraph) -> Iterator[str]:
        own, apart = self._words("modules"), self._words("but_not")
        ours, words = self._words("ours"), self._words("outside")
        outside = frozenset(words).union(*(_GROUPS.get(word, ()) for word in words))
        for module in graph.modules:
            if not _within(module, own) or _within(module, apart):
                continue
            for imported in graph.find_modules_directly_imported_by(module):
                if self._ours(imported):
                    allowed = _within(imported, ours) or (_within(imported, own) and not _within(imported, apart))
                else:
                    allowed = "*" in outside or imported.partition(".")[0] in outside
                if not allowed:
                    yield f"{module} -> {imported}"


class ImportedBy(_AllowListContract):
    """`modules` are imported by themselves and by `importers`, and by nobody else."""

    type_name = "imported_by"
    modules = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField(), required=False)

    def _broken(self, graph: ImportGraph) -> Iterator[str]:
        own, importers = self._words("modules"), self._words("importers")
        for module in graph.modules:
            if not _within(module, own):
                continue
            for importer in graph.find_modules_that_directly_import(module):
                if not _within(importer, [*own, *importers]):
                    yield f"{importer} -> {module}"


class NeverReaches(_AllowListContract):
    """No module of `modules` imports one of `never`, not even by way of other modules or inside a function."""

    type_name = "never_reaches"
    modules = fields.ListField(subfield=fields.StringField())
    never = fields.ListField(subfield=fields.StringField())

    def _broken(self, graph: ImportGraph) -> Iterator[str]:
        own = self._words("modules")
        present = [name for name in self._words("never") if name in graph.modules]
        for module in graph.modules:
            if not _within(module, own):
                continue
            for name in present:
                chain = graph.find_shortest_chain(importer=module, imported=name)
                if chain:
                    yield " -> ".join(chain)


class OneLibrary(_AllowListContract):
    """A module of `modules` imports at most one library from outside the standard library, `free` ones aside."""

    type_name = "one_library"
    modules = fields.ListField(subfield=fields.StringField())
    free = fields.ListField(subfield=fields.StringField(), required=False)

    def _broken(self, graph: ImportGraph) -> Iterator[str]:
        own = self._words("modules")
        uncounted = _GROUPS["@stdlib"].union(self._words("free"))
        for module in graph.modules:
            if not _within(module, own):
                continue
            imported = graph.find_modules_directly_imported_by(module)
            libraries = {name.partition(".")[0] for name in imported if not self._ours(name)} - uncounted
            if len(libraries) > 1:
                yield f"{module} -> {', '.join(sorted(libraries))}"
