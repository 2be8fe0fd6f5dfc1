--TEST--
A client is drafted, described, changed and given another secret across the border
--EXTENSIONS--
app_connect
--FILE--
<?php
require __DIR__ . '/support.inc';
use function AppConnect\Tests\{attempt, draft, server, stored};
use const AppConnect\Tests\NOW;

$server = server();
$print  = static function ( string $title, mixed $value ): void {
	echo "$title: ", json_encode( $value, JSON_UNESCAPED_SLASHES ), "\n";
};
$masked = static fn( array $answer ): array => array_map( static fn( $value ) => is_string( $value ) && strlen( $value ) > 40 ? strlen( $value ) : $value, $answer );

$administrator = array( 'manage_options', 'edit_users' );
$print( 'unconfirmed', $server->draft_client( draft(), $administrator ) );
$confirmed = $server->draft_client( draft( array( 'confirm' => array( 'service_user_takeover' ) ) ), $administrator );
$print( 'confirmed', array_keys( $confirmed ) );
$chosen = $server->draft_client( draft( array( 'client_id' => 'nightly-import' ) ), array() );
$print( 'identifier', $chosen['row']['client_id'] );
$print( 'another', preg_match( '/^[0-9A-Za-z]{22}$/D', $server->new_client_id() ) );

// Columns come as the database has them: text, with more beside it.
$row = array_map( static fn( $value ) => is_int( $value ) ? (string) $value : $value, stored( $server, draft() ) ) + array( 'created_at' => '17' );
$print( 'described', $server->describe_client( $row ) );
$same = $server->revise_client( $row, $server->describe_client( $row ), array() );
$print( 'saved as it was', array( $same['ceiling'], $same['ends'], $same['ends_all'], $same['ends_methods'], $same['secret'], $same['row']['secret_hash'] === $row['secret_hash'] ) );
$print( 'without its grant type', $server->revise_client( $row, draft( array( 'grant_types' => array() ) ), array() ) );
$public = $server->revise_client( $row, draft( array( 'type' => 'public', 'grant_types' => array(), 'confirm' => array( 'type_changed', 'grant_types_removed' ) ) ), array() );
$print( 'public', array( $public['ceiling'], $public['ends'], $public['ends_all'], $public['ends_methods'], $public['row']['secret_hash'] ) );
$print( 'wider', $server->revise_client( $row, draft( array( 'capabilities' => array( 'edit_posts', 'upload_files' ) ) ), array() )['ceiling'] );
$print( 'bad line', $server->revise_client( $row, draft( array( 'routes' => array( 'GET /a', 'FETCH /b' ) ) ), array() ) );

$print( 'at once', $masked( array_diff_key( $server->renew_secret( $row, 0, NOW ), array( 'secret' => 1 ) ) ) );
$print( 'in an hour', $masked( array_diff_key( $server->renew_secret( $row, 3600, NOW ), array( 'secret' => 1 ) ) ) );
$print( 'in a year', $server->renew_secret( $row, 31536000, NOW ) );

$print( 'a row that is none', attempt( fn() => $server->describe_client( array( 'policy' => 'x' ) + $row ) ) );
$print( 'names that are none', attempt( fn() => $server->draft_client( draft(), array( 1 ) ) ) );
$print( 'settings', AppConnect\Server::check_settings( array( 'limits_window' => 59, 'trusted_proxies' => array( '10.0.0.0/8', 'me' ) ) ) );
$print( 'nothing', AppConnect\Server::check_settings( array() ) );
?>
--EXPECT--
unconfirmed: {"unconfirmed":["service_user_takeover"]}
confirmed: ["client_id","secret","row","policy"]
identifier: "nightly-import"
another: 1
described: {"name":"Backend","description":"","logo_uri":"","type":"confidential","mode":"restricted","grant_types":["client_credentials"],"auth_methods":["client_secret_basic","client_secret_post"],"capabilities":["edit_posts"],"bundles":[],"takeover":[],"account":false,"routes":["GET /wp-json/wp/v2/posts","POST /wp-json/wp/v2/posts"],"service_user_id":7,"access_token_format":"default","redirect_uris":[],"post_logout_redirect_uris":[],"backchannel_logout_uri":"","require_pkce":true,"consent":"remember","first_party":false,"resource_server":false,"trusted":false,"verified":false}
saved as it was: ["same",[],false,[],null,true]
without its grant type: {"unconfirmed":["grant_types_removed"]}
public: ["same",["grant_types_removed","type_changed"],true,["client_credentials"],null]
wider: "wider"
bad line: {"errors":[{"field":"routes","line":2,"code":"route_method","detail":"the method is not one of DELETE, GET, PATCH, POST, PUT"}]}
at once: {"secret_hash":50,"empowers":true,"keep_previous":false,"prev_until":null,"ends_all":true}
in an hour: {"secret_hash":50,"empowers":true,"keep_previous":true,"prev_until":1749949200,"ends_all":false}
in a year: {"errors":[{"field":"overlap","line":null,"code":"range","detail":"0 to 2592000 seconds"}]}
a row that is none: "AppConnect\\ConfigurationException: the stored client cannot be read"
names that are none: "AppConnect\\ConfigurationException: a list of names has something else in it"
settings: [{"field":"limits_window","line":null,"code":"range","detail":"60 to 86400"},{"field":"trusted_proxies","line":2,"code":"address","detail":"not an IP address or network"}]
nothing: []
