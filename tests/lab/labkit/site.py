"""A site as tests see it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Self

from .files import Constant, LabError
from .making import Making


class Site(Making):
    """One WordPress with its own database, tree, php-fpm and nginx, in `<lab>/<name>`.

    - `wp`: "7.1" or "6.8" (what tests/lab/wordpress.sh can fetch).
    - `port`: of 127.0.0.1; None takes a free one and keeps it.
    - `permalinks`: the structure, "" for plain.
    - `subdirectory`: "" or a path like "/blog", where WordPress lives and is addressed.
    - `multisite`: a subdirectory network; `add_blog()` adds sites. The plugin is activated for the network.
    - `extension`: True loads target/release/libapp_connect.so if it is built, False none, a path that one.
    - `constants`: for wp-config.php, over the lab's own; None takes one of the lab's own away.
    - `plugin`: "link" (wp-content/plugins/app-connect is a link to wp-plugin/), "copy" (WordPress may delete it) or "none".
    - `activate`: whether the plugin is activated when there is one.
    - `workers`: php-fpm's number of processes (static).
    - `https`: with a certificate of its own, in `paths["certificate"]`.
    - `database`: the server to use, by default the one of `lab_dir`.
    - `env`: environment variables of php-fpm and of `php()`.
    - `progress`: called with a line before something that takes a while.
    """

    def __enter__(self) -> Self:
        return self.up()

    def __exit__(self, *_: object) -> None:
        self.down()

    def remove_fixture(self, name: str) -> None:
        """Removes a must-use plugin; one that is not there is no error."""
        self._fixture_path(name).unlink(missing_ok=True)

    def set_constants(self, constants: Mapping[str, Constant]) -> None:
        """Changes constants of wp-config.php for the next request; None takes one away."""
        self.constants |= constants
        self._write_wp_config()

    def add_blog(self, slug: str) -> str:
        """Adds a site to a network and returns its address, without a slash at its end."""
        if not self.multisite:
            raise LabError(f"site {self.name} is no network; make it with multisite=True")
        code = """
            $blog = wp_insert_site( array(
                'domain' => get_network()->domain, 'path' => get_network()->path . $args[0] . '/',
                'title' => ucfirst( $args[0] ), 'user_id' => 1, 'network_id' => 1,
            ) );
            if ( is_wp_error( $blog ) ) {
                throw new RuntimeException( $blog->get_error_message() );
            }
            switch_to_blog( $blog );
            update_option( 'permalink_structure', $args[1] );
            delete_option( 'rewrite_rules' );
            return untrailingslashit( get_option( 'home' ) );
        """
        return str(self.wp_eval(code, slug, self.permalinks, user=1))

    def log_text(self) -> str:
        """All that PHP and WordPress have logged."""
        return "".join(
            self.logs[name].read_text(errors="replace") for name in ("php", "debug", "fpm") if self.logs[name].exists()
        )

    def php_messages(self) -> list[str]:
        """The errors, warnings, notices and deprecations of PHP in the logs, but those of compiling WordPress' own files."""
        own = "Optional parameter $meta declared before required parameter $signup_id"  # WordPress 7.1's ms-functions.php
        return [line for line in self.log_text().splitlines() if re.search(r"\bPHP [A-Z]", line) and own not in line]

    def clear_logs(self) -> None:
        """Empties every log of the site."""
        for path in self.logs.values():
            if path.exists():
                os.truncate(path, 0)
