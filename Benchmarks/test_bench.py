#!/usr/bin/env python3
"""What of `bench` can be checked without measuring: `python3 Benchmarks/test_bench.py`."""

import unittest

import kinds
import neighbours
import page


class Kinds(unittest.TestCase):
    avx512 = "avx2 fma avx512f avx512bw avx512dq avx512vl"

    def test_of_flags(self):
        for flags, kind in (("avx2 fma", kinds.AVX2), ("sse4_2", kinds.BASELINE), (self.avx512, kinds.AVX512),
                            (self.avx512 + " avx512_bf16", kinds.AVX512_BFLOAT16),
                            (self.avx512 + " avx512_bf16 amx_bf16 amx_tile", kinds.AMX)):
            self.assertEqual(kinds.of_flags(flags.split()), kind)
        self.assertEqual(kinds.of_flags(["asimd", "bf16"], "aarch64"), kinds.ARM_BFLOAT16)

    def test_emulation_has_a_heading_of_its_own(self):
        def heading(cap, flags):
            return kinds.Processor(cap, {"flags": flags, "model name": "Chip"}, "x86_64").heading

        self.assertEqual(heading(None, self.avx512), "AVX-512 without bfloat16")
        self.assertEqual(heading("avx2", self.avx512), "AVX2 (emulated on Chip, AVX-512 without bfloat16, by LONGTAIL_CPU=avx2)")
        self.assertEqual(heading("avx2", "avx2 fma"), "AVX2")


class Page(unittest.TestCase):
    def test_replaces_only_its_own(self):
        amx, gpu = "## AMX\n\nold\n\n```\n## not a heading\n```\n  kept ", f"## {page.GPU}\n\nkept"
        parts = [page.INTRODUCTION.strip(), amx, "## AVX2\n\n%s", gpu]
        whole = "\n\n".join(parts) + "\n"
        self.assertEqual(page.replace(whole % "old", {"AVX2": "## AVX2\n\nnew\n"}), whole % "new")

    def test_emulated_and_real_stand_beside_each_other(self):
        new = page.replace("", {page.GPU: f"## {page.GPU}\n"})
        for heading in ("AVX2", "AVX2 (emulated)"):
            new = page.replace(new, {heading: f"## {heading}\n\ntext\n"})
        self.assertEqual([heading for heading, _ in page.split(new)[1]], ["AVX2", "AVX2 (emulated)", page.GPU])

    def test_best(self):
        self.assertEqual(page.best({"a": 1, "b": 2}), (2, "b"))
        self.assertEqual(page.best({"a": 1, "b": 2}, more=False), (1, "a"))
        self.assertEqual(page.best({}), (None, ""))

    def test_aims(self):
        figures = {"as longtail sets it": {"alone": 98, "beside": 30}, "OpenMP's default": {"alone": 100, "beside": 10}}
        text = page.aims(kinds.Processor(None, {"flags": "avx2 fma"}, "x86_64"), {"training, PyTorch at its best": 1.31}, figures)
        lines = [line.split(" | ")[2:] for line in text.splitlines()[2:]]
        self.assertEqual(lines, [["1.31 ×", "reached |"], ["", "not measured |"], ["31%", "**not reached** |"], ["2.0%", "reached |"]])


class Neighbours(unittest.TestCase):
    def test_busy_ones_are_gone_afterwards(self):
        with self.assertRaises(ZeroDivisionError), neighbours.busy(5) as children:
            self.assertEqual(len(children), neighbours.cores())
            raise ZeroDivisionError
        self.assertTrue(all(child.returncode is not None for child in children))


if __name__ == "__main__":
    unittest.main()
