#!/usr/bin/env bash
# Runs the linter as the action's inputs say. Its exit code goes to the step's output, since a step that fails would
# keep the next from uploading what was found.
set -euo pipefail

# One item a line; empty lines and the spaces around an item do not count.
lines() {
  items=()
  while IFS= read -r line || [ -n "$line" ]; do
    line="${line%$'\r'}"
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    if [ -n "$line" ]; then items+=("$line"); fi
  done <<< "$1"
}

arguments=(check --format "$AKSLINT_FORMAT" --fail-on "$AKSLINT_FAIL_ON")
if [ -n "$AKSLINT_AS_OF" ]; then arguments+=(--as-of "$AKSLINT_AS_OF"); fi
if [ "$AKSLINT_ANNOTATIONS" = true ] && [ "$AKSLINT_FORMAT" != github ]; then
  arguments+=(--output github=-)
fi
summary=
if [ "$AKSLINT_SUMMARY" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  summary="$RUNNER_TEMP/akslint-summary.md"
  rm -f "$summary"
  arguments+=(--output "markdown=$summary")
fi
if [ -n "$AKSLINT_SARIF" ]; then
  rm -f "$AKSLINT_SARIF"
  arguments+=(--output "sarif=$AKSLINT_SARIF")
fi
lines "$AKSLINT_ARGS"
arguments+=(${items[@]+"${items[@]}"})
lines "$AKSLINT_PATHS"

status=0
"$AKSLINT" "${arguments[@]}" -- ${items[@]+"${items[@]}"} || status=$?

if [ -n "$summary" ] && [ -f "$summary" ]; then
  cat "$summary" >> "$GITHUB_STEP_SUMMARY"
fi
if [ -n "$AKSLINT_SARIF" ] && [ -f "$AKSLINT_SARIF" ]; then
  echo "sarif=$AKSLINT_SARIF" >> "$GITHUB_OUTPUT"
fi
echo "exit-code=$status" >> "$GITHUB_OUTPUT"
