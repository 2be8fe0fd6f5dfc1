<?php
/**
 * The question before sessions end.
 *
 * @package AppConnect
 */

declare( strict_types=1 );

namespace AppConnect\WP\Admin;

use AppConnect\WP\Storage\Client_List;
use AppConnect\WP\Storage\Live_Counts;
use AppConnect\WP\Storage\Session_Filter;
use AppConnect\WP\Storage\Session_List;

/**
 * Says of which apps and people how many sessions and access tokens would end.
 */
final class Tokens_Confirm implements View {

	/**
	 * Apps, and people of each, that are named.
	 */
	private const NAMED = array( 50, 5 );

	/**
	 * A question.
	 *
	 * @param Tokens_Query                                                                       $query    What was listed.
	 * @param list<int>|null                                                                     $ids      The sessions; null for all that the query asks for.
	 * @param int                                                                                $newest   The newest session that is meant.
	 * @param list<array{client: string, name: string, user: string, sessions: string}>          $whose    Whose they are.
	 * @param int                                                                                $tokens   How many live access tokens they have.
	 * @param list<string>                                                                       $filters  The query in words, as HTML.
	 * @param string                                                                             $refusal  What went wrong before.
	 */
	private function __construct(
		private readonly Tokens_Query $query,
		private readonly ?array $ids,
		private readonly int $newest,
		private readonly array $whose,
		private readonly int $tokens,
		private readonly array $filters,
		private readonly string $refusal
	) {}

	/**
	 * The question, null if there is nothing to end.
	 *
	 * @param Tokens_Query   $query   What was listed.
	 * @param list<int>|null $ids     The sessions; null for all that the query asks for.
	 * @param string         $refusal What went wrong before.
	 * @throws \AppConnect\WP\Storage\Unavailable When that is not known.
	 */
	public static function ask( Tokens_Query $query, ?array $ids, string $refusal = '' ): ?self {
		// What begins while somebody reads the question is not meant by it.
		$newest = Session_List::newest();
		$filter = null === $ids ? $query->filter( $newest ) : new Session_Filter( ids: $ids );
		$whose  = Session_List::whose( $filter );
		return array() === $whose ? null : new self(
			$query,
			$ids,
			$newest,
			$whose,
			Session_List::count_tokens( $filter ),
			null === $ids ? Tokens_Filters::in_words( $query, Client_List::names( $query->client ) ) : array(),
			$refusal
		);
	}

	/**
	 * The title of the document.
	 */
	public function title(): string {
		return _n( 'Revoke Session', 'Revoke Sessions', $this->sessions(), 'app-connect' );
	}

	/**
	 * Prints the question.
	 */
	public function render(): void {
		$title   = $this->title();
		$query   = $this->query;
		$ids     = $this->ids;
		$newest  = $this->newest;
		$filters = $this->filters;
		$refusal = $this->refusal;
		$ends    = $this->in_words();
		$apps    = $this->apps();
		$more    = max( 0, count( array_unique( array_column( $this->whose, 'client' ) ) ) - count( $apps ) );
		$button  = _n( 'Revoke this session', 'Revoke these sessions', $this->sessions(), 'app-connect' );
		require dirname( __DIR__, 2 ) . '/templates/tokens/confirm.php';
	}

	/**
	 * How many sessions would end.
	 */
	private function sessions(): int {
		return array_sum( array_map( 'intval', array_column( $this->whose, 'sessions' ) ) );
	}

	/**
	 * What would end, in words.
	 */
	private function in_words(): string {
		$most     = Live_Counts::MOST;
		$sessions = $this->sessions();
		/* translators: %s: a number. */
		$words = sprintf( _n( '%s session', '%s sessions', $sessions, 'app-connect' ), number_format_i18n( min( $sessions, $most ) ) );
		/* translators: 1: a number of sessions with its noun, 2: a number of tokens. */
		$words = sprintf( _n( '%1$s with %2$s access token', '%1$s with %2$s access tokens', $this->tokens, 'app-connect' ), $words, number_format_i18n( min( $this->tokens, $most ) ) );
		return max( $sessions, $this->tokens ) > $most
			/* translators: %s: numbers of sessions and tokens. */
			? sprintf( __( 'at least %s', 'app-connect' ), $words )
			: $words;
	}

	/**
	 * The apps, with their people.
	 *
	 * @return list<array{name: string, people: list<string>, others: int, sessions: int}> Names of people, and how many more there are.
	 */
	private function apps(): array {
		$apps = array();
		foreach ( $this->whose as $row ) {
			$client = (int) $row['client'];
			if ( ! isset( $apps[ $client ] ) && count( $apps ) === self::NAMED[0] ) {
				continue;
			}
			$apps[ $client ] ??= array(
				'name'     => $row['name'],
				'people'   => array(),
				'others'   => 0,
				'sessions' => 0,
			);
			$apps[ $client ]['sessions'] += (int) $row['sessions'];
			if ( count( $apps[ $client ]['people'] ) < self::NAMED[1] ) {
				$apps[ $client ]['people'][] = Token_Cells::person( (int) $row['user'] );
			} else {
				++$apps[ $client ]['others'];
			}
		}
		return array_values( $apps );
	}
}
