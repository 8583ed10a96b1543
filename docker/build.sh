#!/usr/bin/env bash
# Builds the container image from this source tree:
#
#   docker/build.sh [IMAGE]            the image is called fused:latest if nothing else is said
#
# BASE_IMAGE in the environment chooses another base than the Dockerfile does.
#
# Jars and Java runtime are made here and handed over in a small build context (docker/target/context), so that the
# build itself needs no other image than the base, no network and no builder but the classic one.
set -euo pipefail

image=${1:-fused:latest}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
distribution=$root/dist/target/dist
context=$root/docker/target/context

jdk=$("$root/.ci/find-jdk")
(cd "$root" && mvn -B -Dmaven.test.skip=true -pl dist -am package)

rm -rf "$context"
mkdir -p "$context/libraries" "$context/fused/lib"
cp "$root/docker/Dockerfile" "$context"
cp "$root/fused" "$root/LICENSE" "$distribution/jvm.options" "$context/fused"
for jar in "$distribution"/lib/*.jar; do
  case ${jar##*/} in
    fused-*) cp --preserve=timestamps "$jar" "$context/fused/lib" ;;
    *) cp --preserve=timestamps "$jar" "$context/libraries" ;;
  esac
done

# A runtime of the modules that our code and its libraries refer to, and of no others. Netty and JCTools refer to
# jdk.unsupported too (sun.misc.Unsafe), and do without it.
modules=$("$jdk/bin/jdeps" --multi-release 25 --ignore-missing-deps --recursive --print-module-deps \
  --class-path "$distribution/lib/*" "$distribution"/lib/fused-*.jar)
"$jdk/bin/jlink" --add-modules "${modules/,jdk.unsupported/}" --strip-debug --no-header-files --no-man-pages \
  --output "$context/runtime"

# The JVM's cache is made by the runtime that will use it, with all in place as it will be in the image.
installation=$root/docker/target/installation
rm -rf "$installation"
cp --archive --link "$context/fused" "$installation"
cp --archive --link "$context/libraries/." "$installation/lib"
FUSED_JAVA_HOME=$context/runtime "$installation/fused" --train >"$root/docker/target/start-training.log" 2>&1 ||
  { cat "$root/docker/target/start-training.log" >&2; exit 1; }
mv "$installation/fused.aot" "$context/fused"
rm -rf "$installation"

arguments=()
if [ -n "${BASE_IMAGE:-}" ]; then
  arguments+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
fi
docker build "${arguments[@]}" --tag "$image" "$context"
