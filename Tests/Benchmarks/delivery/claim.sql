DELETE FROM bench.job WHERE id = (SELECT id FROM bench.job WHERE ready <= now() ORDER BY ready LIMIT 1 FOR UPDATE SKIP LOCKED);
