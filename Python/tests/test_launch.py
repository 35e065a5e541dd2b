"""The launcher in environments that are only folders: python3 -m unittest discover -s tests."""

import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent.parent))
from longtail import _launch  # noqa: E402


class Launch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.site = Path(self.folder.name).resolve() / "site"
        self.here = self.site / "longtail"
        self.here.mkdir(parents=True)

    def torch(self, version="2.11.0+cu130", site=None, library=True):
        folder = (site or self.site) / "torch"
        (folder / "lib").mkdir(parents=True)
        (folder / "version.py").write_text(f"from typing import Optional\n\n__version__ = '{version}'\n")
        if library:
            (folder / "lib" / "libtorch_cpu.so").touch()
        return folder

    def found_elsewhere(self, **folders):
        """What Python finds outside the site, by package."""
        return mock.patch.object(_launch, "packages", lambda name: folders.get(name, []))

    def refusal(self):
        with self.assertRaises(_launch.Unfit) as caught, self.found_elsewhere():
            _launch.torch_folder(self.here)
        return str(caught.exception)

    def test_torch_beside_the_package_needs_no_environment(self):
        torch = self.torch()
        with self.found_elsewhere(nvidia=[self.site / "nvidia"]):
            self.assertEqual(_launch.torch_folder(self.here), torch)
            self.assertEqual(_launch.environment(torch, {"A": "b"}, self.here), {"A": "b"})

    def test_torch_elsewhere_is_put_on_the_library_path_with_the_cuda_libraries_there(self):
        other = self.site.parent / "other"
        torch = self.torch(site=other)
        cuda = self.site.parent / "third" / "nvidia"
        (cuda / "cu13" / "lib").mkdir(parents=True)
        (cuda / "cudnn" / "lib").mkdir(parents=True)
        with self.found_elsewhere(torch=[torch], nvidia=[other / "nvidia", cuda]):
            self.assertEqual(_launch.torch_folder(self.here), torch)
            paths = _launch.environment(torch, {"LD_LIBRARY_PATH": "/mine"}, self.here)["LD_LIBRARY_PATH"]
        self.assertEqual(paths.split(":"), [f"{torch}/lib", f"{cuda}/cu13/lib", f"{cuda}/cudnn/lib", "/mine"])

    def test_a_missing_torch_is_told_with_its_installation(self):
        self.assertIn('python -m pip install "torch==2.11.*"', self.refusal())

    def test_another_minor_version_is_refused(self):
        for version in ["2.10.1", "2.12.0", "2.1.1", "3.11.0", "2.110.0"]:
            with self.subTest(version):
                folder = self.torch(version, site=self.site)
                message = self.refusal()
                self.assertIn(f"torch is {version}", message)
                self.assertIn("torch==2.11.*", message)
                (folder / "lib" / "libtorch_cpu.so").unlink()
                (folder / "lib").rmdir()
                (folder / "version.py").unlink()
                folder.rmdir()

    def test_a_later_patch_and_a_build_for_the_processor_will_do(self):
        self.assertEqual(_launch.torch_folder(self.here) if self.torch("2.11.3+cpu") else None, self.site / "torch")

    def test_a_torch_without_its_library_is_refused(self):
        self.torch(library=False)
        self.assertIn("has no lib/libtorch_cpu.so", self.refusal())

    def test_an_older_c_library_and_one_of_another_kind_are_refused(self):
        for answer, words in [("glibc 2.31", "glibc 2.31"), ("glibc 2.9", "glibc 2.9"), (None, "no glibc"), ("", "no glibc")]:
            with self.subTest(answer), mock.patch.object(os, "confstr", return_value=answer):
                with self.assertRaises(_launch.Unfit) as caught:
                    _launch.check_system()
                self.assertIn(words, str(caught.exception))
        for answer in ["glibc 2.36", "glibc 2.41.9000", "glibc 3.0"]:
            with mock.patch.object(os, "confstr", return_value=answer):
                _launch.check_system()


if __name__ == "__main__":
    unittest.main()
