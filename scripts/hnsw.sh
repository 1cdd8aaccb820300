#!/bin/sh
# Installs the extra `hnsw` with the environment's Python $1, where a C++ compiler can build it.
set -eu
python=$1
log=$(dirname "$python")/../hnsw.log

if "$python" -c 'import hnswlib' 2>/dev/null; then exit 0; fi
package=$("$python" -c '
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["hnsw"])')

probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
printf '#include <vector>\nint main() { return std::vector<int>().size(); }\n' >"$probe/probe.cpp"
if ! "${CXX:-c++}" "$probe/probe.cpp" -o "$probe/probe" 2>/dev/null; then
    echo 'No C++ compiler: the extra "hnsw" is left out, exact search serves.'
elif ! "$python" -m pip install --quiet "$package" >"$log" 2>&1; then
    echo "The extra \"hnsw\" did not compile (see $log): it is left out, exact search serves."
fi
