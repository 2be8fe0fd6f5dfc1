# Cargo knows what has changed, so it is asked each time. --locked: the crates that were tested, and no others.
.PHONY: app-connect-cargo
app-connect-cargo:
	+cd "$(APP_CONNECT_ROOT)" && PHP="$(PHP_EXECUTABLE)" PHP_CONFIG="$(APP_CONNECT_PHP_CONFIG)" "$(CARGO)" build --release --locked

$(phplibdir)/app_connect.so: app-connect-cargo
	@$(mkinstalldirs) "$(phplibdir)"
	cp "$${CARGO_TARGET_DIR:-$(APP_CONNECT_ROOT)/target}/release/libapp_connect.so" "$@"
