<?php
// Written by tests/lab/lab.py; Site.set_constants() rewrites it.
/* @CONSTANTS@ */

$table_prefix = 'wp_';

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
