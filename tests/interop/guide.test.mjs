/** The guide for developers is true: each command that stands in it, and each answer. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from './support/runner.mjs';

const GUIDE = fileURLToPath( new URL( '../lab/guide.py', import.meta.url ) );

test( 'every command and answer of the sign in guide is true', async ( { site } ) => {
	await promisify( execFile )( '/usr/bin/python3', [ GUIDE, `${ site.paths.site }/site.json` ] );
} );
