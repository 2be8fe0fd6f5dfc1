<?php
/**
 * Stands by for run.php: a fork of this process needs no start of PHP, and finds WordPress compiled.
 *
 * Usage: php standby.php SOCKET. Every connection sends one line, a JSON object: `arguments` as run.php takes them, the folder
 * `cwd`, and the files `stdin`, `stdout` and `stderr`. It is sent two: the process id, and the exit status (128 and the signal's
 * number if one ended it). Nothing stays of what a script does. Ends when its own standard input does.
 */

$lab_listening = stream_socket_server( "unix://{$argv[1]}", $lab_number, $lab_message );
if ( ! $lab_listening ) {
	fwrite( STDERR, "{$argv[1]}: $lab_message\n" );
	exit( 1 );
}
fwrite( STDOUT, "ready\n" );
pcntl_signal( SIGCHLD, SIG_IGN );
while ( true ) {
	$lab_readable = array( STDIN, $lab_listening );
	$lab_nothing  = null;
	stream_select( $lab_readable, $lab_nothing, $lab_nothing, null );
	if ( in_array( STDIN, $lab_readable, true ) ) {
		exit;
	}
	$lab_connection = stream_socket_accept( $lab_listening );
	if ( 0 !== pcntl_fork() ) {
		fclose( $lab_connection );
		continue;
	}
	fclose( $lab_listening );
	pcntl_signal( SIGCHLD, SIG_DFL );
	$lab_asked = json_decode( fgets( $lab_connection ), true );
	$lab_child = pcntl_fork();
	if ( 0 === $lab_child ) {
		break;
	}
	fwrite( $lab_connection, "$lab_child\n" );
	pcntl_waitpid( $lab_child, $lab_status );
	fwrite( $lab_connection, ( pcntl_wifexited( $lab_status ) ? pcntl_wexitstatus( $lab_status ) : 128 + pcntl_wtermsig( $lab_status ) ) . "\n" );
	exit;
}

// Files that are opened take the lowest numbers that are free: 0, 1 and 2.
fclose( $lab_connection );
fclose( STDIN );
fclose( STDOUT );
fclose( STDERR );
$lab_standard = array( fopen( $lab_asked['stdin'], 'r' ), fopen( $lab_asked['stdout'], 'w' ), fopen( $lab_asked['stderr'], 'w' ) );
chdir( $lab_asked['cwd'] );
$argv                    = $lab_asked['arguments'];
$argc                    = count( $argv );
$_SERVER['argv']         = $argv;
$_SERVER['argc']         = $argc;
$_SERVER['REQUEST_TIME'] = time();

require $argv[0];
