#!/usr/bin/env bash
# Puts the pinned Python test clients of Tests/requirements.txt into .carillon/venv, once, and prints its interpreter.
# usage: venv.sh [NAME]   with a name: those of Tests/requirements-NAME.txt into .carillon/venv-NAME
source "$(dirname "$0")/environment.sh"

suffix=${1:+-$1}
wanted=Tests/requirements$suffix.txt
venv=$root/.carillon/venv$suffix
if ! cmp -s "$wanted" "$venv/requirements.txt"; then
  say "Installing the Python test clients of $wanted" >&2
  /usr/bin/python3 -m venv "$venv"
  again "$venv/bin/pip" install -q -r "$wanted" </dev/null >&2 || die "pip could not install $wanted"
  cp "$wanted" "$venv/requirements.txt"
fi
echo "$venv/bin/python"
