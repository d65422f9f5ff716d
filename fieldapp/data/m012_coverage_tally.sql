-- How many were first inspected on which day of a year, and how many stand in the register: kept by the database
-- itself, whoever writes a visit or edits an establishment. Read by coverage/tally.py alone.
-- A blank since is '', a blank until '9999': days compare as texts. A released migration never changes.

CREATE TABLE inspected_year (
  establishment TEXT NOT NULL, year INTEGER NOT NULL, first_on TEXT NOT NULL, managed INTEGER NOT NULL,
  until TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (establishment, year)) STRICT, WITHOUT ROWID;

CREATE TABLE inspected_tally (
  year INTEGER NOT NULL, managed INTEGER NOT NULL, first_on TEXT NOT NULL, until TEXT NOT NULL,
  since TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (year, managed, first_on, until, since))
  STRICT, WITHOUT ROWID;

CREATE TABLE register_tally (
  managed INTEGER NOT NULL, until TEXT NOT NULL, since TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (managed, until, since)) STRICT, WITHOUT ROWID;

CREATE VIEW first_visit AS
  SELECT v.establishment, CAST(substr(v.visited_on, 1, 4) AS INTEGER) AS year, min(v.visited_on) AS first_on,
    e.review_state = 'managed' AS managed, coalesce(e.managed_until, '9999') AS until,
    coalesce(e.managed_since, '') AS since
  FROM visit v JOIN establishment e ON e.id = v.establishment
  WHERE v.counts = 1 AND v.kind IN ('planned', 'unscheduled', 'reinspection')
  GROUP BY v.establishment, CAST(substr(v.visited_on, 1, 4) AS INTEGER);

-- a visit came, changed or went: the first day of its establishment's year is looked up again

CREATE TRIGGER visit_tallied_in AFTER INSERT ON visit
WHEN new.counts = 1 AND NOT EXISTS (
  SELECT 1 FROM inspected_year WHERE establishment = new.establishment
  AND year = CAST(substr(new.visited_on, 1, 4) AS INTEGER) AND first_on <= new.visited_on) BEGIN
  DELETE FROM inspected_year
    WHERE establishment = new.establishment AND year = CAST(substr(new.visited_on, 1, 4) AS INTEGER);
  INSERT INTO inspected_year SELECT establishment, year, first_on, managed, until, since FROM first_visit
    WHERE establishment = new.establishment AND year = CAST(substr(new.visited_on, 1, 4) AS INTEGER);
END;

CREATE TRIGGER visit_tallied_again AFTER UPDATE OF establishment, visited_on, kind, counts ON visit BEGIN
  DELETE FROM inspected_year
    WHERE establishment = old.establishment AND year = CAST(substr(old.visited_on, 1, 4) AS INTEGER);
  DELETE FROM inspected_year
    WHERE establishment = new.establishment AND year = CAST(substr(new.visited_on, 1, 4) AS INTEGER);
  INSERT INTO inspected_year SELECT establishment, year, first_on, managed, until, since FROM first_visit
    WHERE establishment = old.establishment AND year = CAST(substr(old.visited_on, 1, 4) AS INTEGER)
    UNION SELECT establishment, year, first_on, managed, until, since FROM first_visit
    WHERE establishment = new.establishment AND year = CAST(substr(new.visited_on, 1, 4) AS INTEGER);
END;

CREATE TRIGGER visit_tallied_out AFTER DELETE ON visit BEGIN
  DELETE FROM inspected_year
    WHERE establishment = old.establishment AND year = CAST(substr(old.visited_on, 1, 4) AS INTEGER);
  INSERT INTO inspected_year SELECT establishment, year, first_on, managed, until, since FROM first_visit
    WHERE establishment = old.establishment AND year = CAST(substr(old.visited_on, 1, 4) AS INTEGER);
END;

-- an establishment came, changed or went

CREATE TRIGGER establishment_tallied_in AFTER INSERT ON establishment BEGIN
  INSERT INTO register_tally VALUES (
    new.review_state = 'managed', coalesce(new.managed_until, '9999'), coalesce(new.managed_since, ''), 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER establishment_tallied_again
AFTER UPDATE OF review_state, managed_since, managed_until ON establishment BEGIN
  UPDATE register_tally SET n = n - 1 WHERE (managed, until, since) = (
    old.review_state = 'managed', coalesce(old.managed_until, '9999'), coalesce(old.managed_since, ''));
  INSERT INTO register_tally VALUES (
    new.review_state = 'managed', coalesce(new.managed_until, '9999'), coalesce(new.managed_since, ''), 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
  DELETE FROM register_tally WHERE n = 0 AND (managed, until, since) = (
    old.review_state = 'managed', coalesce(old.managed_until, '9999'), coalesce(old.managed_since, ''));
  UPDATE inspected_year SET (managed, until, since) = (
    new.review_state = 'managed', coalesce(new.managed_until, '9999'), coalesce(new.managed_since, ''))
    WHERE establishment = new.id;
END;

CREATE TRIGGER establishment_tallied_out AFTER DELETE ON establishment BEGIN
  UPDATE register_tally SET n = n - 1 WHERE (managed, until, since) = (
    old.review_state = 'managed', coalesce(old.managed_until, '9999'), coalesce(old.managed_since, ''));
  DELETE FROM register_tally WHERE n = 0 AND (managed, until, since) = (
    old.review_state = 'managed', coalesce(old.managed_until, '9999'), coalesce(old.managed_since, ''));
END;

-- an establishment's year came, changed or went: one more or one fewer of its group

CREATE TRIGGER inspected_year_in AFTER INSERT ON inspected_year BEGIN
  INSERT INTO inspected_tally VALUES (new.year, new.managed, new.first_on, new.until, new.since, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER inspected_year_again AFTER UPDATE ON inspected_year BEGIN
  UPDATE inspected_tally SET n = n - 1 WHERE (year, managed, first_on, until, since) =
    (old.year, old.managed, old.first_on, old.until, old.since);
  INSERT INTO inspected_tally VALUES (new.year, new.managed, new.first_on, new.until, new.since, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
  DELETE FROM inspected_tally WHERE n = 0 AND (year, managed, first_on, until, since) =
    (old.year, old.managed, old.first_on, old.until, old.since);
END;

CREATE TRIGGER inspected_year_out AFTER DELETE ON inspected_year BEGIN
  UPDATE inspected_tally SET n = n - 1 WHERE (year, managed, first_on, until, since) =
    (old.year, old.managed, old.first_on, old.until, old.since);
  DELETE FROM inspected_tally WHERE n = 0 AND (year, managed, first_on, until, since) =
    (old.year, old.managed, old.first_on, old.until, old.since);
END;

-- what was there before

INSERT INTO register_tally
  SELECT review_state = 'managed', coalesce(managed_until, '9999'), coalesce(managed_since, ''), count(*)
  FROM establishment GROUP BY 1, 2, 3;

INSERT INTO inspected_year SELECT establishment, year, first_on, managed, until, since FROM first_visit;
