<?php
/**
 * How it ended that an app wanted a person to log out.
 *
 * @package AppConnect
 *
 * @var string $title In a sentence.
 * @var bool   $out   Whether the person is logged out.
 */

namespace AppConnect\WP\Consent;

defined( 'ABSPATH' ) || exit;
?>
<div class="app-connect-box" id="app-connect-logged-out">
	<h2><?php echo esc_html( $title ); ?></h2>
	<p>
		<?php
		echo esc_html(
			$out
				? __( 'You can close this page. If others use this device, close the browser, too.', 'app-connect' )
				: __( 'Nothing has changed. You can close this page.', 'app-connect' )
		);
		?>
	</p>
</div>
