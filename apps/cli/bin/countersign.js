#!/usr/bin/env node
/** The `countersign` command, as npm links it; the program itself is src/main.ts. */
import '../dist/main.js';
