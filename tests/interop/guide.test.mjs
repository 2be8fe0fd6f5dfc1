/** The guides for developers are true: each command that stands in them, and each answer. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copySample } from './support/resource_server.mjs';
import { test } from './support/runner.mjs';

const GUIDE = fileURLToPath( new URL( '../lab/guide.py', import.meta.url ) );

test( 'every command and answer of the sign in guide is true', async ( { site } ) => {
	await promisify( execFile )( '/usr/bin/python3', [ GUIDE, `${ site.paths.site }/site.json` ] );
} );

test( 'every command and answer of the guide for those who verify our tokens is true', async ( world ) => {
	await world.ask( 'reset_keys' );
	const env = { ...process.env, RESOURCE_SERVER: copySample() };
	await promisify( execFile )( '/usr/bin/python3', [ GUIDE, `${ world.site.paths.site }/site.json`, 'verify-tokens' ], { env } );
} );
