"""Fills the tables: small and large sets of tokens, with the grants, clients and users that they belong to.

The tables of a set are kept beside the plugin's own under names of their own; `use()` swaps one in by renaming, which
takes no time and leaves no trace in what is measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support import Bench, say

SWAPPED = ("tokens", "grants", "clients", "subjects")
"""The tables of a set; policies are common to all."""

FIRST_USER = 10_000
"""Above it are the users of the sets."""

DIGEST = "REPLACE(REPLACE(LEFT(TO_BASE64(UNHEX(SHA2({}, 256))), 43), '+', '-'), '/', '_')"
GRANTS_PER_CLIENT = 10
TOKEN = "/wp-json/app-connect/v1/token"
KNOWN = 2_000
"""Tokens of a set that can be presented, if it has as many."""


@dataclass
class Known:
    """A token that can be presented."""

    token: str
    user: int
    mode: str


class Data:
    """The people, clients and token tables of the bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seed: dict[str, Any] = json.loads(bench.script("seed"))
        self._current = "own"
        bench.sql(
            "CREATE TABLE wp_bench_tokens (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, "
            "digest CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, user_id BIGINT UNSIGNED NOT NULL, "
            "expires_at BIGINT UNSIGNED NOT NULL, UNIQUE KEY digest (digest)) ENGINE=InnoDB"
        )

    def _name(self, table: str, part: str | None) -> str:
        plain = "wp_bench_tokens" if table == "bench" else f"wp_app_connect_{table}"
        return plain if part is None else f"{plain}_{part}"

    def use(self, part: str) -> None:
        """Makes a set the one that the plugin sees."""
        if part == self._current:
            return
        steps = []
        for table in (*SWAPPED, "bench"):
            steps.append(f"{self._name(table, None)} TO {self._name(table, self._current)}")
            steps.append(f"{self._name(table, part)} TO {self._name(table, None)}")
        self.bench.sql(f"RENAME TABLE {', '.join(steps)}")
        self._current = part

    def tokens(self, mode: str) -> str:
        """A fresh token of the seed's client, as any app gets it."""
        client = self.seed[mode]
        body = f"grant_type=client_credentials&client_id={client['client_id']}&client_secret={client['secret']}".encode()
        _, answer, _ = self.bench.ask("POST", TOKEN, {"Content-Type": "application/x-www-form-urlencoded"}, body)
        return str(json.loads(answer.body)["access_token"])

    def people(self, count: int) -> None:
        """Gives the site users: copies of the seed's editor, with all that WordPress keeps about one."""
        template = self.seed["full"]["user"]
        self._copy(
            "wp_users", "wp_users",
            {"ID": f"{FIRST_USER} + q.seq", "user_login": "CONCAT('member', q.seq)", "user_nicename": "CONCAT('member', q.seq)",
             "user_email": "CONCAT('member', q.seq, '@example.org')", "display_name": "CONCAT('Member ', q.seq)"},
            f"seq_1_to_{count} q JOIN wp_users t ON t.ID = {template}",
        )
        self._copy(
            "wp_usermeta", "wp_usermeta", {"umeta_id": "NULL", "user_id": f"{FIRST_USER} + q.seq"},
            f"seq_1_to_{count} q JOIN wp_usermeta t ON t.user_id = {template} AND t.meta_key <> '_application_passwords'",
        )

    def fill(self, part: str, tokens: int, clients: int) -> list[Known]:
        """Makes a set: live tokens spread over ten grants of each client, clients full and restricted by turns, each with
        its own user. Returns those tokens of it that can be presented."""
        say(f"Filling the {part} set: {tokens:,} tokens of {clients:,} clients")
        self.use("own")
        for mode in ("full", "restricted"):
            self.tokens(mode)  # Makes its grant and policies.
        grants = clients * GRANTS_PER_CLIENT
        now = "UNIX_TIMESTAMP()"
        source = {table: self._name(table, None) for table in SWAPPED}
        target = {table: self._name(table, part) for table in (*SWAPPED, "bench")}
        for table in SWAPPED:
            self.bench.sql(f"CREATE TABLE {target[table]} LIKE {source[table]}; INSERT INTO {target[table]} SELECT * FROM {source[table]}")
        self.bench.sql(f"CREATE TABLE {target['bench']} LIKE wp_bench_tokens")
        full, restricted = (self._template(mode) for mode in ("full", "restricted"))
        first = FIRST_USER

        def turn(key: str) -> str:
            return f"IF(q.seq MOD 2, {full[key]}, {restricted[key]})"

        self._copy(
            source["clients"], target["clients"],
            {"id": f"{first} + q.seq", "client_id": "CONCAT('bench', LPAD(q.seq, 27, '0'))",
             "digest": DIGEST.format("CONCAT('bench', LPAD(q.seq, 27, '0'))"), "name": "CONCAT('Client ', q.seq)",
             "service_user_id": f"{first} + q.seq", "created_at": f"{now} - q.seq * 60",
             "last_used_day": f"{now} DIV 86400"},
            f"seq_1_to_{clients} q JOIN {source['clients']} t ON t.id = {turn('client')}",
        )
        self._copy(
            source["subjects"], target["subjects"],
            {"id": f"{first} + q.seq", "user_id": f"{first} + q.seq", "sub": "LPAD(q.seq, 22, 'S')"},
            f"seq_1_to_{clients} q JOIN {source['subjects']} t ON t.id = {full['subject']}",
        )
        self._copy(
            source["grants"], target["grants"],
            {"id": f"{first} + q.seq", "handle": "LPAD(CONV(q.seq, 10, 36), 11, '0')",
             "client_pk": f"{first} + 1 + (q.seq - 1) MOD {clients}", "subject_pk": f"{first} + 1 + (q.seq - 1) MOD {clients}",
             "last_used_at": now},
            f"seq_1_to_{grants} q JOIN {source['grants']} t ON t.id = {turn('grant')}",
        )
        known = min(KNOWN, tokens // 2)
        minted = [line.split() for line in self.bench.script("mint", known, wordpress=False).splitlines()]
        stride = tokens // known
        self.bench.sql(
            "DROP TABLE IF EXISTS wp_bench_known; CREATE TABLE wp_bench_known (seq BIGINT UNSIGNED PRIMARY KEY, "
            "token VARCHAR(100) CHARACTER SET ascii NOT NULL, digest CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL); "
            "INSERT INTO wp_bench_known VALUES "
            + ",".join(f"({number * stride + 1 + number % 2}, '{token}', '{digest}')" for number, (token, digest) in enumerate(minted))
        )
        # A prime times the number, so that neighbours in the table are strangers.
        grant = f"1 + (q.seq * 7919) MOD {grants}"
        policy = f"IF(({grant}) MOD 2, {full['policy']}, {restricted['policy']})"
        self._in_bulk(
            target["tokens"],
            lambda: self._copy(
                source["tokens"], target["tokens"],
                {"id": f"{first} + q.seq", "digest": f"COALESCE(k.digest, {DIGEST.format('q.seq')})",
                 "grant_id": f"{first} + {grant}", "policy_id": policy, "issued_at": now,
                 "expires_at": f"{now} + 86400 + q.seq * 86400 DIV {tokens}"},
                f"seq_1_to_{tokens} q JOIN {source['tokens']} t ON t.id = {full['token']} LEFT JOIN wp_bench_known k ON k.seq = q.seq",
            ),
        )
        owner = f"{first} + 1 + (t.grant_id - {first} - 1) MOD {clients}"
        self._in_bulk(
            target["bench"],
            lambda: self.bench.sql(
                f"INSERT INTO {target['bench']} (digest, user_id, expires_at) "
                f"SELECT t.digest, {owner}, t.expires_at FROM {target['tokens']} t WHERE t.id > {first}"
            ),
        )
        rows = self.bench.sql(
            f"SELECT k.token, {owner} AS user FROM wp_bench_known k JOIN {target['tokens']} t ON t.id = {first} + k.seq ORDER BY k.seq"
        )
        self.bench.sql(f"DROP TABLE wp_bench_known; ANALYZE TABLE {', '.join(target.values())}")
        return [
            Known(str(row["token"]), int(row["user"] or 0), "full" if (int(row["user"] or 0) - first) % 2 else "restricted")
            for row in rows
        ]

    def expire(self, count: int) -> None:
        """Adds tokens to the set in use that expired in the last two days, nearly in the order in which they were made."""
        say(f"Adding {count:,} expired tokens")
        self._in_bulk(
            "wp_app_connect_tokens",
            lambda: self._copy(
                "wp_app_connect_tokens", "wp_app_connect_tokens",
                {"id": "NULL", "digest": DIGEST.format("CONCAT('expired', q.seq)"), "expires_at": f"UNIX_TIMESTAMP() - 173400 + q.seq * 172000 DIV {count} + (q.seq * 7919) MOD 600"},
                f"seq_1_to_{count} q JOIN wp_app_connect_tokens t ON t.id = {FIRST_USER} + 1 + (q.seq * 7919) MOD {count}",
            ),
        )

    def _template(self, mode: str) -> dict[str, str]:
        rows = self.bench.sql(
            "SELECT c.id AS client, g.id AS `grant`, g.subject_pk AS subject, t.id AS token, t.policy_id AS policy "
            "FROM wp_app_connect_clients c JOIN wp_app_connect_grants g ON g.client_pk = c.id JOIN wp_app_connect_tokens t ON t.grant_id = g.id "
            f"WHERE c.id = {self.seed[mode]['id']} ORDER BY t.id DESC LIMIT 1"
        )
        return {name: str(value) for name, value in rows[0].items()}

    def _copy(self, source: str, target: str, values: dict[str, str], rows: str) -> None:
        """Inserts into a table what `rows` delivers: the columns of `t`, but for those that have a value."""
        columns = [
            str(row["name"])
            for row in self.bench.sql(
                "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() "
                f"AND table_name = '{source}' ORDER BY ordinal_position"
            )
        ]
        chosen = ", ".join(values.get(name, f"t.`{name}`") for name in columns)
        self.bench.sql(f"INSERT INTO {target} ({', '.join(f'`{name}`' for name in columns)}) SELECT {chosen} FROM {rows}")

    def _in_bulk(self, table: str, insert: Callable[[], None]) -> None:
        """Fills a table without its further keys and makes them at once afterwards."""
        keys: dict[str, list[str]] = {}
        unique = set()
        for row in self.bench.sql(f"SHOW INDEX FROM {table} WHERE Key_name <> 'PRIMARY'"):
            keys.setdefault(str(row["Key_name"]), []).append(str(row["Column_name"]))
            if row["Non_unique"] == "0":
                unique.add(str(row["Key_name"]))
        self.bench.sql(f"ALTER TABLE {table} " + ", ".join(f"DROP KEY {name}" for name in keys))
        insert()
        made = (f"ADD {'UNIQUE ' if name in unique else ''}KEY {name} ({', '.join(columns)})" for name, columns in keys.items())
        self.bench.sql(f"ALTER TABLE {table} " + ", ".join(made))
