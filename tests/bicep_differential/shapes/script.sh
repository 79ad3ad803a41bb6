#!/bin/sh
echo "[done]"
