# SPDX-License-Identifier: LicenseRef-Gatehouse
# Every target first makes sure of the tools (scripts/setup: sub-second when there is nothing to do).
PY := .venv/bin/python -P
SEED ?=
FRAMES ?=
STREET ?= .demo
.DEFAULT_GOAL := help
.PHONY: help setup lock rules demo kiosk office office-postgres fmt lint types arch test cover check bench screens paper robots faults fuzz soak audit

help: ## 列出目标 · list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: ## 安装所需 · system libraries, .venv, locked dependencies; a second run installs nothing
	@scripts/setup

lock: setup ## 更新锁定文件 · write requirements.lock from pyproject.toml
	scripts/lock

rules: setup ## 写出程序生成的页面 · docs/ commands, errors, policies, rules, from the program itself
	$(PY) -m tests.docs

demo: setup ## 演示 · a whole street: office, gate, passes held before a camera
	@$(PY) -m tests.demo $(if $(SEED),--seed $(SEED))

kiosk: setup ## 打开门岗 · the gate on this machine
	@.venv/bin/gate-kiosk run

office: setup ## 启动街道办服务 · the office on this machine
	@.venv/bin/gate-office serve

office-postgres: setup ## 同上,用 PostgreSQL · the same on a PostgreSQL of its own (DB=postgresql+psycopg://...: on yours)
	@.venv/bin/gate-office serve --db "$(or $(DB),$$(scripts/postgres start))"

fmt: setup ## 整理格式 · format, sort imports, mend what can be mended
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

lint: setup ## 代码规范 · ruff with every rule on, bandit from medium severity
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m bandit -q -ll -c pyproject.toml -r kiosk ui sync assets

types: setup ## 类型 · mypy, strict
	$(PY) -m mypy

arch: setup ## 导入规则 · import contracts, each proven by a planted violation
	.venv/bin/lint-imports --no-logo --no-cache
	$(PY) -m pytest -q tests/arch

test: setup ## 测试 · everything but the big amounts; the office's pages in a real Chromium
	@scripts/setup chromium postgresql
	$(PY) -m pytest -n logical --maxprocesses 4 --dist loadfile

cover: setup ## 覆盖 · branch coverage of the core, the wire and the office's service: 100 %
	$(PY) -m pytest -q --cov --cov-report=term

check: lint types ## .ci/run 所运行 · lint, types, import contracts, tests, docs
	.venv/bin/lint-imports --no-logo --no-cache
	$(MAKE) --no-print-directory test

bench: setup ## 测速 · PASS or MISS per row, and bench.json (FRAMES=dir: your own pictures)
	$(PY) -m tests.bench.run $(if $(FRAMES),--frames $(FRAMES))

screens: setup ## 截屏 · every screen into docs/screens
	$(PY) -m tests.screens

paper: setup ## 纸张 · the volunteers' poster, the leader's guide and the paper sheet into docs/paper
	$(PY) -m tests.paper

robots: setup ## 机器人 · a morning's queue of 200, and a robot that presses anything 10,000 times (SEED=N replays)
	$(PY) -m tests.robots $(if $(SEED),--seed $(SEED))

faults: setup ## 故障 · power cuts, kills, bad networks (SEED=N replays)
	$(PY) -m tests.faults $(if $(SEED),--seed $(SEED))

fuzz: setup ## 乱码 · hostile codes and mutated passes, by the million (SEED=N replays)
	$(PY) -m tests.fuzz $(if $(SEED),--seed $(SEED))

soak: setup ## 久跑 · fourteen hours of a gate's day
	$(PY) -m tests.soak $(if $(SEED),--seed $(SEED))

audit: setup ## 安全 · known holes in dependencies (asks the package index: needs the network)
	$(PY) -m pip_audit --strict --require-hashes --disable-pip -r requirements.lock
