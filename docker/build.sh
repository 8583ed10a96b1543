#!/usr/bin/env bash
# Builds the container image from this source tree:
#
#   docker/build.sh [--built] [IMAGE]
#
# The image is called fused:latest if nothing else is said. --built takes the program as it was last built (dist/target/dist).
# BASE_IMAGE in the environment chooses another base than the Dockerfile does.
#
# Jars and Java runtime are made here and handed over in a build context (docker/target/context), so that the image needs no other image
# than the base, no network and no builder but the classic one.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
distribution=$root/dist/target/dist
context=$root/docker/target/context
installation=$context/installation

jdk=$("$root/.ci/find-jdk")
if [ "${1:-}" = --built ]; then
  shift
else
  (cd "$root" && mvn -B -Dmaven.test.skip=true -pl dist -am package)
fi
image=${1:-fused:latest}
if [ ! -f "$distribution/fused.cdx.json" ]; then
  printf 'docker/build.sh: %s is missing: Maven makes it when the program is built, but not offline (-o)\n' "$distribution/fused.cdx.json" >&2
  exit 1
fi

rm -rf "$context"
mkdir -p "$installation"
cp "$root/docker/Dockerfile" "$context"
cp --recursive --preserve=timestamps "$distribution/." "$root/fused" "$root/LICENSE" "$root/docker/entrypoint" "$root/docker/health" \
  "$installation"
# The cache of this machine: the image gets one that was made in it. No service manager runs there.
rm -rf "$installation/fused.aot" "$installation/lib/systemd"

# A runtime of the modules that our code and its libraries refer to, and of no others. Netty and JCTools refer to jdk.unsupported too
# (sun.misc.Unsafe), and do without it; so does Micrometer without java.desktop, which only its metrics of Log4j need.
modules=$("$jdk/bin/jdeps" --multi-release 25 --ignore-missing-deps --recursive --print-module-deps \
  --class-path "$distribution/lib/*" "$distribution"/lib/fused-*.jar)
modules=$(tr , '\n' <<<"$modules" | grep -vxE 'jdk\.unsupported|java\.desktop' | paste -sd ,)
"$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages \
  --output "$installation/runtime"

arguments=(--network none --tag "$image")
if [ -n "${BASE_IMAGE:-}" ]; then
  arguments+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
fi
docker build "${arguments[@]}" "$context"
# The classic builder leaves the image of the first stage behind.
docker image prune --force --filter label=dev.fused.stage=installation >/dev/null
