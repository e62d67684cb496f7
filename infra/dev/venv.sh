#!/usr/bin/env bash
# Puts the pinned Python test clients of Tests/requirements.txt into .carillon/venv, once, and prints its interpreter.
source "$(dirname "$0")/environment.sh"

venv=$root/.carillon/venv
if ! cmp -s Tests/requirements.txt "$venv/requirements.txt"; then
  say "Installing the Python test clients" >&2
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r Tests/requirements.txt </dev/null >&2 ||
    die "pip could not install Tests/requirements.txt"
  cp Tests/requirements.txt "$venv/requirements.txt"
fi
echo "$venv/bin/python"
