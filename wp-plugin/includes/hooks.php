<?php
/**
 * Every hook that the plugin listens to, and nothing else.
 *
 * @package AppConnect
 */

namespace AppConnect\WP;

use AppConnect\WP\Admin\Activity_Screen;
use AppConnect\WP\Admin\Assets;
use AppConnect\WP\Admin\Clients_Screen;
use AppConnect\WP\Admin\Connected_Apps;
use AppConnect\WP\Admin\Connected_Apps_Actions;
use AppConnect\WP\Admin\Connected_Apps_Notices;
use AppConnect\WP\Admin\List_View;
use AppConnect\WP\Admin\Menu;
use AppConnect\WP\Admin\Settings_Screen;
use AppConnect\WP\Admin\Settings_Welcome;
use AppConnect\WP\Admin\Signing_Keys_Screen;
use AppConnect\WP\Admin\Site_Question;
use AppConnect\WP\Admin\Tokens_Screen;
use AppConnect\WP\Admin\Tokens_View;
use AppConnect\WP\Auth\Account;
use AppConnect\WP\Auth\Bearer;
use AppConnect\WP\Auth\Capabilities;
use AppConnect\WP\Auth\Gate;
use AppConnect\WP\Auth\Manage;
use AppConnect\WP\Consent\Attended;
use AppConnect\WP\Consent\Login;
use AppConnect\WP\Health\Bearer_Probe;
use AppConnect\WP\Health\Discovery;
use AppConnect\WP\Health\Extension;
use AppConnect\WP\Health\Late_Callbacks;
use AppConnect\WP\Health\Site_Health;
use AppConnect\WP\Http\Door;
use AppConnect\WP\Identity\Updates;
use AppConnect\WP\Rest\Controllers;
use AppConnect\WP\Rest\Errors;
use AppConnect\WP\Rest\Identity_Controller;
use AppConnect\WP\Rest\Protocol_Routes;
use AppConnect\WP\Storage\Cleanup;
use AppConnect\WP\Storage\Guard;
use AppConnect\WP\Storage\Migrations;
use AppConnect\WP\Storage\Schema;
use AppConnect\WP\Storage\Subjects;

// Tables.
register_activation_hook( PLUGIN_FILE, array( Migrations::class, 'run_if_needed' ) );
register_deactivation_hook( PLUGIN_FILE, array( Cleanup::class, 'unschedule' ) );
register_deactivation_hook( PLUGIN_FILE, array( Signing_Keys::class, 'unschedule' ) );
register_deactivation_hook( PLUGIN_FILE, array( Logouts::class, 'unschedule' ) );
add_action( 'plugins_loaded', array( Migrations::class, 'run_if_needed' ), 0 );
add_action( 'wp_initialize_site', array( Migrations::class, 'on_new_site' ), 900 );
add_filter( 'wpmu_drop_tables', array( Schema::class, 'filter_dropped_tables' ), 10, 2 );
add_action( 'init', array( Cleanup::class, 'schedule' ) );
add_action( Cleanup::HOOK, array( Cleanup::class, 'run' ) );

// The end of a user's tokens. Also without the extension: a password changed today ends what lives again tomorrow.
add_action( 'deleted_user', array( Subjects::class, 'on_deleted_user' ) );
add_action( 'wpmu_delete_user', array( Subjects::class, 'on_network_user_deletion' ) );
add_action( 'remove_user_from_blog', array( Subjects::class, 'on_leaving_site' ), 10, 2 );
add_action( 'profile_update', array( Subjects::class, 'on_profile_update' ), 10, 2 );
add_action( 'profile_update', array( Updates::class, 'note' ) );
add_action( 'password_reset', array( Subjects::class, 'on_password_reset_begun' ) );
add_action( 'after_password_reset', array( Subjects::class, 'on_password_reset' ) );
add_action( 'wp_set_password', array( Subjects::class, 'on_password_set' ), 10, 3 );
add_action( 'wp_ajax_destroy-sessions', array( Subjects::class, 'on_log_out_everywhere' ), 0 );

// A lost database is an exception while we work.
foreach ( array( '', '_ajax', '_json', '_jsonp', '_xml', '_xmlrpc' ) as $variant ) {
	add_filter( "wp_die{$variant}_handler", array( Guard::class, 'filter_die_handler' ), PHP_INT_MAX );
}

// Who may manage clients and settings.
add_filter( 'map_meta_cap', array( Manage::class, 'map_capability' ), 10, 2 );

// Site Health, which has most to say when the extension is missing.
add_filter( 'site_status_tests', array( Site_Health::class, 'tests' ) );

if ( ! Extension::ready() ) {
	// Nothing of ours can be decided: our requests are refused, the others are left alone, and somebody is told.
	add_action( 'parse_request', array( Extension::class, 'refuse' ), 9 );
	add_action( 'admin_notices', array( Extension::class, 'notice' ) );
	add_action( 'network_admin_notices', array( Extension::class, 'notice' ) );
	add_action( 'admin_menu', array( Menu::class, 'register_setup' ) );
	add_action( 'admin_enqueue_scripts', array( Assets::class, 'enqueue' ) );
	return;
}

// The protocol's endpoints.
add_action( 'plugins_loaded', array( Door::class, 'enter' ), PHP_INT_MAX );
add_action( 'wp_loaded', array( Door::class, 'resume' ), PHP_INT_MAX );
add_action( 'shutdown', array( Door::class, 'finish' ), PHP_INT_MIN );
add_action( 'rest_api_init', array( Protocol_Routes::class, 'register' ) );
add_filter( 'do_parse_request', array( Protocol_Routes::class, 'refuse_routed_body' ), PHP_INT_MIN );
add_filter( 'do_parse_request', array( Door::class, 'answer_well_known' ), PHP_INT_MIN );
add_filter( 'rest_exposed_cors_headers', array( Protocol_Routes::class, 'note_outer' ), PHP_INT_MIN, 2 );
add_filter( 'rest_pre_dispatch', array( Protocol_Routes::class, 'answer_outer' ), PHP_INT_MIN, 3 );
add_filter( 'rest_pre_serve_request', array( Protocol_Routes::class, 'serve_outer' ), PHP_INT_MAX, 3 );
add_filter( 'application_password_is_api_request', array( Protocol_Routes::class, 'spare_client_secrets' ), PHP_INT_MAX );

// The people whom an app sends: WordPress' login, then the consent page.
add_action( 'login_form_app_connect_authorize', array( Attended::class, 'authorize' ) );
add_action( 'login_form_app_connect_logout', array( Attended::class, 'log_out' ) );
add_action( 'login_form_login', array( Login::class, 'fill_in_hint' ) );
add_filter( 'login_redirect', array( Login::class, 'keep_address' ), PHP_INT_MAX, 2 );
add_filter( 'wp_login_errors', array( Login::class, 'explain' ), 10, 2 );

// The bearer: who a REST request is. After it, core's rest_api_loaded() serves the request.
add_action( 'parse_request', array( Bearer::class, 'on_parse_request' ), 9 );
add_filter( 'determine_current_user', array( Bearer::class, 'determine_current_user' ), PHP_INT_MAX );
add_filter( 'rest_authentication_errors', array( Bearer::class, 'authentication_errors' ), 0 );
add_filter( 'rest_authentication_errors', array( Bearer::class, 'authentication_errors' ), PHP_INT_MAX );

// Who its token acts for.
add_action( 'rest_api_init', array( Identity_Controller::class, 'register' ) );

// The gate: which routes its token opens.
add_filter( 'rest_pre_dispatch', array( Gate::class, 'before_dispatch' ), -1000, 3 );
add_filter( 'rest_pre_dispatch', array( Gate::class, 'before_dispatch' ), PHP_INT_MAX, 3 );
add_filter( 'rest_request_before_callbacks', array( Gate::class, 'before_callbacks' ), PHP_INT_MAX, 3 );
add_filter( 'rest_request_after_callbacks', array( Gate::class, 'after_callbacks' ), PHP_INT_MAX, 3 );
add_filter( 'rest_post_dispatch', array( Gate::class, 'after_dispatch' ), PHP_INT_MIN, 3 );

// Capabilities: never more than the token. Narrowed before kses_init() asks, and again after core switched sites.
add_filter( 'map_meta_cap', array( Capabilities::class, 'require_grant' ), PHP_INT_MAX, 3 );
add_filter( 'user_has_cap', array( Capabilities::class, 'retain_granted' ), PHP_INT_MAX, 4 );
add_action( 'set_current_user', array( Capabilities::class, 'narrow_current_user' ), PHP_INT_MIN );
add_action( 'switch_blog', array( Capabilities::class, 'narrow_current_user' ), PHP_INT_MAX, 0 );

// The account: sinks that a token does not reach, whatever leads there.
add_filter( 'wp_is_application_passwords_available', array( Account::class, 'application_passwords' ), PHP_INT_MAX );
add_filter( 'send_auth_cookies', array( Account::class, 'cookies' ), PHP_INT_MAX );
add_filter( 'wp_pre_insert_user_data', array( Account::class, 'user_data' ), PHP_INT_MAX, 4 );
add_filter( 'pre_update_site_option_site_admins', array( Account::class, 'super_admins' ), PHP_INT_MAX, 2 );

// Answers to requests with a token: their errors, and their way past caches.
add_filter( 'rest_post_dispatch', array( Errors::class, 'finish' ), PHP_INT_MAX, 3 );
add_filter( 'rest_exposed_cors_headers', array( Errors::class, 'expose_challenge' ) );
add_filter( 'rest_send_nocache_headers', array( Errors::class, 'send_nocache_headers' ), PHP_INT_MAX );
add_filter( 'rest_pre_serve_request', array( Errors::class, 'send_headers' ), PHP_INT_MAX, 3 );

// A logout ends what was signed in to with it, and apps are told.
add_action( 'wp_logout', array( Logouts::class, 'on_logout' ) );
add_action( Logouts::HOOK, array( Logouts::class, 'deliver' ) );
add_action( Cleanup::HOOK, array( Logouts::class, 'deliver' ) );

// The keys that sign tokens.
add_action( 'init', array( Signing_Keys::class, 'schedule' ) );
add_action( Signing_Keys::HOOK, array( Signing_Keys::class, 'maintain' ) );

// What administrators do.
add_filter( 'rest_pre_dispatch', array( Controllers::class, 'register_for' ), PHP_INT_MIN, 3 );

// Site Health: what only a working plugin can find out.
add_action( 'plugins_loaded', array( Late_Callbacks::class, 'note' ), PHP_INT_MAX );
add_action( 'rest_api_init', array( Bearer_Probe::class, 'register' ) );
add_action( 'rest_api_init', array( Discovery::class, 'register' ) );

// wp-admin.
if ( is_admin() ) {
	// The way of an administrator to the screens.
	add_filter( 'plugin_action_links_' . plugin_basename( PLUGIN_FILE ), array( Settings_Welcome::class, 'action_links' ) );
	add_filter( 'wp_redirect', array( Settings_Welcome::class, 'mark_activation' ) );
	add_filter( 'removable_query_args', array( Settings_Welcome::class, 'removable' ) );
	add_action( 'admin_notices', array( Settings_Welcome::class, 'notice' ) );
	add_action( 'admin_notices', array( Site_Question::class, 'ask' ) );
	add_action( 'admin_post_' . Site_Question::ACTION, array( Site_Question::class, 'answer' ) );

	// Their place in the menu, what they do before they print, and what they look like.
	add_action( 'admin_menu', array( Menu::class, 'register' ) );
	add_action( 'load-toplevel_page_app-connect', array( Clients_Screen::class, 'load' ) );
	add_action( 'load-app-connect_page_app-connect-tokens', array( Tokens_Screen::class, 'load' ) );
	add_action( 'load-app-connect_page_app-connect-keys', array( Signing_Keys_Screen::class, 'load' ) );
	add_action( 'load-app-connect_page_app-connect-settings', array( Settings_Screen::class, 'load' ) );
	add_action( 'load-app-connect_page_app-connect-activity', array( Activity_Screen::class, 'load' ) );
	add_action( 'admin_enqueue_scripts', array( Assets::class, 'enqueue' ) );
	add_filter( 'set_screen_option_app_connect_activity_per_page', array( List_View::class, 'accept_per_page' ), 10, 3 );
	add_filter( 'set_screen_option_app_connect_clients_per_page', array( List_View::class, 'accept_per_page' ), 10, 3 );
	add_filter( 'set_screen_option_' . Tokens_View::PER_PAGE, array( List_View::class, 'accept_per_page' ), 10, 3 );
	add_filter( 'removable_query_args', array( Menu::class, 'removable_query_args' ) );

	// The apps that people have let in, on their profiles.
	add_action( 'show_user_profile', array( Connected_Apps::class, 'render' ) );
	add_action( 'edit_user_profile', array( Connected_Apps::class, 'render' ) );
	add_action( 'admin_footer', array( Connected_Apps::class, 'render_form' ) );
	add_action( 'admin_post_' . Connected_Apps::ACTION, array( Connected_Apps_Actions::class, 'handle' ) );
	add_filter( 'removable_query_args', array( Connected_Apps_Notices::class, 'removable' ) );
}
