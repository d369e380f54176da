#!/usr/bin/env node
import "../../scripts/need-node.cjs"; // first: all that follows has syntax that an old Node.js cannot read
import { runCommandLine } from "./command-line.js";

void runCommandLine();
