DROP TABLE guard_checks;
DROP TABLE promises;
DROP TABLE question_rules;
DROP TABLE fact_rules;
DROP TABLE facts;
