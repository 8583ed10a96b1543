#!/usr/bin/env python3
"""Measures what creating, looking up and listing cost as the number of files grows, and draws it. Needs root, and minutes.

The mount is filled to 1,000 files, 10,000 and so on, in directories of 1,000. Each time eight clients make, look up,
list and remove 1,000 files each in directories of their own, in some rounds, and the medians are kept. Before looking
up and listing the kernel forgets names, so that the server is asked.
"""

import argparse
import math
import os
import statistics

import scale

CLIENTS = 8
NAMES = [f"file{number:05}" for number in range(1000)]
COLORS = {"create": "#2f81f7", "lookup": "#1a9c5b", "readdir": "#d98b0b", "unlink": "#8250df"}
SIZES = [10**power for power in range(3, 8)]


# Samples that do not count: the server's compilers are at work in the first seconds.
WARM_UP = 15


def fill(present, wanted):
    """Makes files until there are as many as wanted."""
    directories = [f"d{number:05}" for number in range(present // len(NAMES), wanted // len(NAMES))]
    for directory in directories:
        os.mkdir(directory)
    shares = [directories[client::CLIENTS] for client in range(CLIENTS)]
    scale.in_parallel(lambda share: [scale.create(directory, NAMES) for directory in share], shares)


def readdir(directory, names):
    found = len(os.listdir(directory))
    if found != len(names):
        raise RuntimeError(f"{directory} has {found} entries, not {len(names)}")


def sample():
    """Microseconds of an operation, all clients together, by operation."""
    own = [f"client{number}" for number in range(CLIENTS)]
    for directory in own:
        os.mkdir(directory)
    actions = {"create": scale.create, "lookup": scale.lookup, "readdir": readdir, "unlink": scale.unlink}
    costs = {}
    for what, action in actions.items():
        if what in ("lookup", "readdir"):
            scale.drop_caches()
        costs[what] = 1e6 / scale.rate(CLIENTS * len(NAMES), lambda: scale.in_parallel(lambda name: action(name, NAMES), own))
    for directory in own:
        os.rmdir(directory)
    return costs


def measure(sizes, rounds):
    """{operation: [microseconds for each size]}"""
    costs = {what: [] for what in COLORS}
    with scale.Mount(f"size=1g,inodes={sizes[-1] + 100_000}", "") as mount:
        for _ in range(WARM_UP):
            sample()
        present = 0
        for size in sizes:
            fill(present, size)
            present = size
            samples = [sample() for _ in range(rounds)]
            for what, values in costs.items():
                values.append(statistics.median(each[what] for each in samples))
            print(f"{size:>12,}: " + ", ".join(f"{what} {values[-1]:.1f} us" for what, values in costs.items()), flush=True)
        print(f"resident memory {mount.rss() / scale.MIB:,.0f} MiB", flush=True)
    return costs


def table(sizes, costs):
    rows = ["| files | " + " | ".join(costs) + " |", "|---:|" + "---:|" * len(costs)]
    for index, size in enumerate(sizes):
        rows.append(f"| {size:,} | " + " | ".join(f"{values[index]:.1f}" for values in costs.values()) + " |")
    return "\n".join(rows) + "\n"


def chart(sizes, costs):
    """Both scales are logarithmic: what does not depend on the size is level."""
    left, right, top, bottom = 70, 560, 50, 300
    values = [value for each in costs.values() for value in each]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(size):
        return left + (right - left) * (math.log10(size) - 3) / (math.log10(sizes[-1]) - 3)

    def y(value):
        return bottom - (bottom - top) * (math.log10(value) - low) / (high - low)

    parts = []
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:g} µs</text>')
    for size in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{bottom + 20}" text-anchor="middle">{size:,}</text>')
    for what, each in costs.items():
        points = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in zip(sizes, each))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLORS[what]}" stroke-width="2"/>')
    at = 0
    for what, each in sorted(costs.items(), key=lambda item: -item[1][-1]):
        at = max(at + 14, y(each[-1]) + 4)  # names of lines that meet stand below each other
        parts.append(f'<text x="{right + 8}" y="{at:.1f}" style="fill:{COLORS[what]}">{what}</text>')
    style = "text{font:12px system-ui,sans-serif;fill:#24292f}.grid{stroke:#8c959f;stroke-opacity:.35}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
    title = "Time of an operation, eight clients together, by the number of files"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 340" width="640" height="340" role="img"><title>{title}</title>'
        f'<style>{style}</style><text x="10" y="24" style="font-weight:600">{title}</text>' + "\n".join(parts) + "</svg>\n"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="files in the end, a power of ten; 10,000,000 by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", default=os.path.join(scale.HOME, "docs", "performance"), help="docs/performance by default")
    arguments = parser.parse_args()
    sizes = [size for size in SIZES if size <= arguments.most]
    output = os.path.abspath(arguments.output)
    costs = measure(sizes, arguments.rounds)
    os.makedirs(output, exist_ok=True)
    with open(os.path.join(output, "growth.md"), "w", encoding="utf-8") as file:
        file.write(table(sizes, costs))
    with open(os.path.join(output, "growth.svg"), "w", encoding="utf-8") as file:
        file.write(chart(sizes, costs))
    print(f"written: {output}/growth.md")


if __name__ == "__main__":
    main()
