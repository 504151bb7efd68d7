"""Speed and memory of the running program: `make bench`. Writes reports/bench.json and prints a table.

Every figure is taken in one run on one machine. A turn is one POST to /api/chat by one borrower on a warm program.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.stack import Borrower, Stack  # noqa: E402
from tests.telegram.load import on_its_own, own_time  # noqa: E402
from tests.telegram.world import Telegram  # noqa: E402

CONVERSATIONS = {
    "en": (
        {"language": "en", "country": "US", "time_zone": "America/New_York", "currency": "USD"},
        [
            "how much do I owe?",
            "what is that made of",
            "can I pay in instalments?",
            "are you a robot?",
            "that's still too much per month",
            "I could do 200 a month",
            "no, make it the 5th of the month",
            "when is it due?",
        ],
    ),
    "zh": (
        {"language": "zh-Hans", "country": "CN", "time_zone": "Asia/Shanghai", "currency": "CNY"},
        [
            "我还欠多少钱",
            "利息怎么算的",
            "能分期吗",
            "你是机器人吗",
            "每月能再少点吗",
            "我每个月还一千二",
            "改成每月5号",
            "什么时候到期",
        ],
    ),
}
ROUNDS = 8
ACCOUNT = {
    "date_of_birth": "1990-05-12",
    "principal": "8600.00",
    "interest": "412.30",
    "fees": "260.00",
    "due_date": "2026-07-01",
}
NUMBERS = count(10_000)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def memory(stack: Stack) -> dict[str, float]:
    """Resident memory in MB of the supervisor and each process under it."""
    top = psutil.Process(stack.process.pid)
    parts = {"supervisor": top.memory_info().rss}
    for child in top.children(recursive=True):
        name = "dialogue" if "bot.dialogue.launcher" in " ".join(child.cmdline()) else "service"
        parts[name] = parts.get(name, 0) + child.memory_info().rss
    return {name: round(size / 2**20) for name, size in parts.items()}


def measure(stack: Stack) -> dict[str, list[float]]:
    """Milliseconds of every turn, by language."""
    times: dict[str, list[float]] = {"en": [], "zh": []}
    for _ in range(ROUNDS):
        for language, (place, lines) in CONVERSATIONS.items():
            borrower = Borrower(stack)
            number = f"BENCH-{next(NUMBERS)}"
            stack.import_account(**ACCOUNT, **place, account_number=number)
            borrower.prove_identity(f"{number}, 1990-05-12")
            for line in lines:
                begun = time.perf_counter()
                borrower.say(line)
                times[language].append((time.perf_counter() - begun) * 1000)
    return times


def measure_telegram() -> dict[str, float]:
    """Milliseconds from an update to the call that answers it, with something in Rasa's place that answers at once."""
    telegram = Telegram()
    with on_its_own(telegram, webhook=True) as service:
        service.start()
        service.wait_until_well()
        return own_time(telegram)


def main() -> None:
    """Starts the program twice (a second start is the warm one), measures, stops it."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        starts = []
        for _ in range(2):
            begun = time.perf_counter()
            stack.start()
            starts.append(round(time.perf_counter() - begun, 1))
            if len(starts) == 1:
                stack.stop()
        measure(stack)
        times = measure(stack)
        used = memory(stack)
        stack.stop()
    telegram = measure_telegram()
    every = times["en"] + times["zh"]
    report = {
        "turns": len(every),
        "median_ms": round(statistics.median(every), 1),
        "p95_ms": round(percentile(every, 0.95), 1),
        "p99_ms": round(percentile(every, 0.99), 1),
        "zh_to_en": round(statistics.median(times["zh"]) / statistics.median(times["en"]), 2),
        "start_s": starts[1],
        "memory_mb": used | {"all": sum(used.values())},
        "telegram": telegram,
    }
    (ROOT / "reports").mkdir(exist_ok=True)
    (ROOT / "reports" / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
