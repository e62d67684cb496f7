-- The database of the suite, with one login role per service: each owns the schema of its name and can touch nothing else.
-- Run by psql as a superuser, connected to database postgres; it may run again at any time, also beside itself.
-- Variables: database, and services: the names divided by commas.
\if :{?services}
\else
  \warn 'roles.sql: set the variables database and services'
  \quit
\endif

-- Roles belong to the whole cluster: two runs at once must not both create one.
SELECT pg_advisory_lock(hashtext('carillon roles'));

REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

SELECT format('CREATE ROLE %I LOGIN', 'carillon_' || service)
FROM unnest(string_to_array(:'services', ',')) AS service
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'carillon_' || service)
\gexec

SELECT format('CREATE DATABASE %I', :'database')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'database')
\gexec

-- The lock goes with the connection; the next one keeps two runs on the same database apart, to the end.
\connect :"database"
SELECT pg_advisory_lock(hashtext('carillon schemas'));

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

SELECT format('GRANT CONNECT ON DATABASE %I TO %I', :'database', 'carillon_' || service)
FROM unnest(string_to_array(:'services', ',')) AS service
\gexec

SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, 'carillon_' || service)
FROM unnest(string_to_array(:'services', ',')) AS service
\gexec
