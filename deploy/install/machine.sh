# shellcheck shell=bash
# What this machine is: a PC, a workstation with an NVIDIA GPU, or a Jetson, and which Python it has.
# Sources: NVIDIA's JetPack release notes (L4T 36 is JetPack 6, 38 and later JetPack 7).

FACTS="arch os-release nv_tegra_release dpkg nvidia-smi pythons cv2"

# fact NAME: one thing about the machine, empty where there is none; with --facts, as recorded.
fact() {
  if [ -n "$facts" ]; then
    cat "$facts/$1" 2>/dev/null || true
    return
  fi
  case $1 in
    arch) uname -m ;;
    os-release) cat /etc/os-release ;;
    nv_tegra_release) cat /etc/nv_tegra_release ;;
    dpkg)
      dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\n' nvidia-jetpack nvidia-l4t-core \
        libnvinfer10 libnvinfer-bin python3-libnvinfer python3-opencv libopencv-python
      ;;
    nvidia-smi) nvidia-smi -L ;;
    pythons) known_pythons ;;
    cv2) python3 -c 'import cv2; print(cv2.__version__); print(cv2.getBuildInformation())' ;;
  esac 2>/dev/null || true
}

known_pythons() {
  local name
  for name in python3.12 python3.11 python3.10 python3; do
    command -v $name >/dev/null &&
      $name -c 'import sys; print(sys.argv[1], "%d.%d" % sys.version_info[:2])' $name
  done
}

record_facts() {
  mkdir -p "$record"
  local name
  for name in $FACTS; do
    fact "$name" >"$record/$name"
    [ -s "$record/$name" ] || rm "$record/$name"
  done
  say "what this machine is, in $record: $(cd "$record" && echo *)"
  say "look at it: deploy/install.sh --dry-run --facts $record"
}

known_machine() {
  step "the machine"
  local os arch found
  os=$(fact os-release | sed -n 's/^PRETTY_NAME="\?\([^"]*\)"\?$/\1/p')
  fact os-release | grep -E '^ID(_LIKE)?=.*(debian|ubuntu)' >/dev/null ||
    stop "this is ${os:-an unknown system}; expected Debian or Ubuntu. Elsewhere: \`make demo\` shows the steps by hand."
  arch=$(fact arch)
  found=$(told_target "$arch")
  target=${target:-$found}
  [ "$target" != none ] || stop "$(why_no_target "$arch")"
  choose_python
  [ "$tensorrt" != auto ] || { [ "$target" = pc ] && tensorrt=false || tensorrt=found; }
  say "  $os, $arch, $target$(told_jetpack), Python $python_version ($python)"
}

told_target() {
  local l4t
  l4t=$(fact nv_tegra_release | sed -n 's/^# R\([0-9]*\) .*/\1/p')
  if [ -n "$l4t" ]; then
    if [ "$l4t" -ge 38 ]; then echo jetpack7; elif [ "$l4t" -ge 36 ]; then echo jetpack6; else echo none; fi
  elif [ "$1" != x86_64 ]; then
    echo none
  elif fact nvidia-smi | grep '^GPU ' >/dev/null; then
    echo workstation
  else
    echo pc
  fi
}

why_no_target() {
  if [ -n "$(fact nv_tegra_release)" ]; then
    echo "this Jetson has $(fact nv_tegra_release | sed -n "s/^# \(R[0-9]*\) (release), REVISION: \([0-9.]*\).*/\1.\2/p"); expected JetPack 6 (R36) or 7 (R38 and later), whose Python is 3.10 or newer. Flash it anew with one of those."
  else
    echo "this machine is $1; expected x86_64 or a Jetson. --target pc installs it as a PC all the same, which nobody has tried."
  fi
}

told_jetpack() {
  case $target in jetpack*)
    printf ' (L4T %s, JetPack %s, TensorRT %s)' \
      "$(fact nv_tegra_release | sed -n 's/^# R\([0-9]*\) (release), REVISION: \([0-9.]*\).*/\1.\2/p')" \
      "$(package_version nvidia-jetpack)" "$(package_version libnvinfer10)"
    ;;
  esac
}

# package_version NAME: of an installed Debian package; `not installed` otherwise.
package_version() {
  fact dpkg | awk -v name="$1" '$1 == name && $3 == "installed" { found = $2 } END { print found ? found : "not installed" }'
}

choose_python() {
  local want='' name version
  # TensorRT's bindings are the system Python's own.
  case $target in jetpack*) want=python3 ;; esac
  if [ -n "$python" ]; then
    python_version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
      stop "--python $python is no Python that runs here"
  else
    while read -r name version; do
      [ -z "$want" ] || [ "$name" = "$want" ] || continue
      case $version in 3.10 | 3.11 | 3.12)
        python=$name python_version=$version
        break
        ;;
      esac
    done < <(fact pythons)
  fi
  case ${python_version:-none} in
    3.10 | 3.11 | 3.12) ;;
    none) stop "no Python 3.10 to 3.12 is here (found: $(fact pythons | tr '\n' ';')). Install one: sudo apt-get install python3 python3-venv; or give it with --python." ;;
    *) stop "Python is $python_version; expected 3.10 to 3.12. Give another with --python." ;;
  esac
}
