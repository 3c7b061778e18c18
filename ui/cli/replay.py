# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk replay FILE...`: play scenario files on the product's own parts; rehearse a policy with `--policy`.

Exit: 0 all passed, 1 a difference, 2 a file that cannot be read (said with file, line and what is wrong).
"""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kiosk.app.texts import Catalogue
    from sync.street.scenario import Scenario


def command(
    files: Annotated[list[Path], typer.Argument(help="场景文件或文件夹 · scenario files, or folders of them")],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="用这个政策演练 · rehearse this policy file in place of the given one"),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="保留运行文件 · keep each scenario's files in this folder")
    ] = None,
) -> None:
    """演练场景 · play scenarios on the product's own parts."""
    from sync.street.scenario import BadScenario, read_scenario

    try:
        scenarios = [read_scenario(path) for path in _files(files)]
        text = _policy(policy)
    except BadScenario as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    if not scenarios:
        print("没有场景文件 · no scenario files", file=sys.stderr)
        raise typer.Exit(2)
    passed = failed = 0
    texts = _texts()
    for scenario in scenarios:
        try:
            good = _play(scenario, texts, text, keep)
        except BadScenario as error:
            print(error, file=sys.stderr)
            raise typer.Exit(2) from None
        passed, failed = passed + good, failed + (not good)
    if text is not None:
        _rehearse(text, texts)
    print(f"{passed} passed, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def _play(scenario: "Scenario", texts: "Catalogue", policy: str | None, keep: Path | None) -> bool:
    from sync.street.replay import play_file

    with tempfile.TemporaryDirectory(prefix="gatehouse-replay-") as name:
        folder = Path(name) if keep is None else keep / scenario.id
        folder.mkdir(parents=True, exist_ok=True)
        wrong = play_file(scenario, folder, texts, policy)
    if wrong is None:
        print(f"ok   {scenario.id}  {scenario.title}")
        return True
    print(f"FAIL {scenario.id}  {scenario.title}")
    print(f"     {scenario.path}:{wrong.line}: step {wrong.step}: {wrong.what}")
    return False


def _files(paths: list[Path]) -> list[Path]:
    out: list[Path] = []
    for path in paths:
        out += sorted(path.glob("*.toml")) if path.is_dir() else [path]
    return out


def _policy(path: Path | None) -> str | None:
    from kiosk.domain.admission import RULE_IDS
    from kiosk.domain.policy import BadPolicy, parse_policy
    from sync.street.rehearsal import never_reached
    from sync.street.scenario import BadScenario

    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
        parse_policy(text, RULE_IDS)
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(path, 1, f"cannot be read: {type(error).__name__}") from None
    except BadPolicy as error:
        raise BadScenario(path, error.line or 1, f"{error.key}: {error.why}") from None
    asleep = never_reached(text)
    if asleep:
        raise BadScenario(path, 1, f"不会用到的规则 · rules never reached: {', '.join(asleep)}")
    return text


def _rehearse(text: str, texts: "Catalogue") -> None:
    """What would change against the shipped policy of that day: a table of situations whose verdict differs."""
    from sync.street.rehearsal import differences_table

    print(differences_table(text, texts))


def _texts() -> "Catalogue":
    import assets
    from kiosk.app.texts import Catalogue

    return Catalogue("zh_CN", *assets.texts("zh_CN"))
