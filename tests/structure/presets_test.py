#!/usr/bin/env python3
"""The five presets are there and do what they are named for; flags stand in presets alone; files are listed by name."""
import json
import os
import re
import sys

ROOT = os.environ["OFFHOOK_SOURCE"]
NAMES = ["dev", "asan", "tidy", "fuzz", "release"]
MUST = {  # a preset's cache variable and what it has to hold
    "dev": ("CMAKE_CXX_FLAGS", ["-D_GLIBCXX_ASSERTIONS"]),
    "asan": ("CMAKE_CXX_FLAGS", ["-fsanitize=address,undefined", "-fno-sanitize-recover", "-D_GLIBCXX_ASSERTIONS", "-Werror"]),
    "tidy": ("CMAKE_CXX_CLANG_TIDY", ["clang-tidy"]),
    "fuzz": ("CMAKE_CXX_FLAGS", ["-fsanitize=fuzzer-no-link,address,undefined"]),
    "release": ("CMAKE_BUILD_TYPE", ["Release"]),
}


def check_presets(faults):
    with open(os.path.join(ROOT, "CMakePresets.json"), encoding="utf-8") as file:
        presets = json.load(file)
    for kind in ("configurePresets", "buildPresets", "workflowPresets"):
        names = [preset["name"] for preset in presets[kind] if not preset.get("hidden")]
        if names != NAMES:
            faults.append(f"{kind}: {names}, expected {NAMES}")
    for preset in presets["configurePresets"]:
        variable, words = MUST.get(preset["name"], (None, []))
        for word in words:
            if word not in preset.get("cacheVariables", {}).get(variable, ""):
                faults.append(f"preset {preset['name']}: {variable} lacks {word}")
    folders = [preset["binaryDir"] for preset in presets["configurePresets"] if "binaryDir" in preset]
    if len(set(folders)) != len(NAMES):
        faults.append("two presets share a build folder")


def check_lists(faults):
    seen = 0
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".", "build"))]
        for name in names:
            if name == "CMakeLists.txt" or name.endswith(".cmake"):
                seen += 1
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    text = re.sub(r"#.*", "", file.read())
                where = os.path.relpath(path, ROOT)
                if "CMAKE_CXX_FLAGS" in text:
                    faults.append(f"{where}: flags belong in a preset")
                if re.search(r"\bfile\(GLOB", text) or "aux_source_directory" in text:
                    faults.append(f"{where}: files are listed by name")
                if re.search(r"FetchContent|ExternalProject|file\(DOWNLOAD", text):
                    faults.append(f"{where}: a build fetches nothing")
    return seen


def main():
    faults = []
    check_presets(faults)
    seen = check_lists(faults)
    print("\n".join(faults) or f"{len(NAMES)} presets and {seen} lists are in order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
