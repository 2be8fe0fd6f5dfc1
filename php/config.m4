dnl For PIE and phpize: checks for Cargo and leaves the rest to it. See Makefile.frag.

PHP_ARG_ENABLE([app_connect],
  [whether to enable App Connect],
  [AS_HELP_STRING([--disable-app_connect], [Disable App Connect])],
  [yes])

if test "$PHP_APP_CONNECT" != "no"; then
  AC_PATH_PROG([CARGO], [cargo], [no])
  if test "$CARGO" = "no"; then
    AC_MSG_ERROR([Cargo was not found. Install Rust, then run configure again.])
  fi
  AC_PATH_PROG([CLANG], [clang], [no])
  if test "$CLANG" = "no"; then
    AC_MSG_WARN([clang was not found. The build needs libclang to read the headers of PHP.])
  fi

  dnl The crate is one level up. Where this file was copied without it there is nothing to build.
  APP_CONNECT_ROOT=`cd "$abs_srcdir/.." && pwd`
  if ! test -f "$APP_CONNECT_ROOT/Cargo.toml"; then
    AC_MSG_ERROR([There is no Cargo.toml in $APP_CONNECT_ROOT: configure in the directory php of the whole source tree.])
  fi
  PHP_SUBST([CARGO])
  PHP_SUBST([APP_CONNECT_ROOT])
  dnl The crate that reads PHP's headers wants a path where phpize has a name.
  APP_CONNECT_PHP_CONFIG=`command -v "$PHP_CONFIG"`
  PHP_SUBST([APP_CONNECT_PHP_CONFIG])

  dnl What PHP_NEW_EXTENSION does for a shared extension of C files: name it among the modules to build and to install.
  PHP_MODULES="$PHP_MODULES \$(phplibdir)/app_connect.so"
  PHP_SUBST([PHP_MODULES])
  PHP_ADD_BUILD_DIR([$abs_builddir/modules])
  PHP_ADD_MAKEFILE_FRAGMENT([$abs_srcdir/Makefile.frag], [$abs_srcdir], [$abs_builddir])
fi
