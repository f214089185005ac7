"""Attributes that fitting gives to each type that may be built, besides the parameters of its constructor.

A type that is not listed is not built, and no other attribute is accepted.
"""

_COMMON = {"_sklearn_output_config", "feature_names_in_", "n_features_in_"}


def _fitted(names: str) -> frozenset[str]:
    return frozenset(_COMMON | {*names.split()})


FITTED = {
    "lightgbm.basic.Booster": _fitted("""
        _Booster__higher_better_inner_eval _Booster__init_predictor _Booster__inner_predict_buffer
        _Booster__is_predicted_cur_iter _Booster__name_inner_eval _Booster__need_reload_eval_info
        _Booster__num_class _Booster__num_dataset _Booster__num_inner_eval _Booster__set_objective_to_none
        _handle _network _train_data_name best_iteration best_score name_valid_sets pandas_categorical
        params train_set_version
    """),
    "lightgbm.sklearn.LGBMClassifier": _fitted("""
        _Booster _best_iteration _best_score _class_map _class_weight _classes _evals_result
        _fitted_with_feature_names _le _n_classes _n_features _n_features_in _objective _other_params
        fitted_ verbose
    """),
    "sklearn._loss.link.HalfLogitLink": _fitted(""),
    "sklearn._loss.link.Interval": _fitted("high high_inclusive low low_inclusive"),
    "sklearn._loss.link.LogitLink": _fitted(""),
    "sklearn._loss.loss.ExponentialLoss": _fitted("""
        approx_hessian closs constant_hessian device interval_y_pred interval_y_true link n_classes xp
    """),
    "sklearn._loss.loss.HalfBinomialLoss": _fitted("""
        approx_hessian closs constant_hessian device interval_y_pred interval_y_true link n_classes xp
    """),
    "sklearn.calibration.CalibratedClassifierCV": _fitted("calibrated_classifiers_ classes_"),
    "sklearn.calibration._CalibratedClassifier": _fitted("calibrators classes estimator method"),
    "sklearn.calibration._SigmoidCalibration": _fitted("a_ b_"),
    "sklearn.calibration._TemperatureScaling": _fitted("beta_"),
    "sklearn.compose._column_transformer.ColumnTransformer": _fitted("""
        _columns _remainder _transformer_to_input_indices output_indices_ sparse_output_ transformers_
    """),
    "sklearn.decomposition._pca.PCA": _fitted("""
        _fit_svd_solver components_ explained_variance_ explained_variance_ratio_ mean_ n_components_
        n_samples_ noise_variance_ singular_values_
    """),
    "sklearn.dummy.DummyClassifier": _fitted("""
        _strategy class_prior_ classes_ n_classes_ n_outputs_ sparse_output_
    """),
    "sklearn.ensemble._bagging.BaggingClassifier": _fitted("""
        _max_features _max_samples _n_samples _sample_weight _seeds classes_ estimator_ estimator_params
        estimators_ estimators_features_ n_classes_ oob_decision_function_ oob_score_
    """),
    "sklearn.ensemble._forest.ExtraTreesClassifier": _fitted("""
        _n_samples _n_samples_bootstrap _sample_weight classes_ estimator estimator_ estimator_params
        estimators_ n_classes_ n_outputs_ oob_decision_function_ oob_score_
    """),
    "sklearn.ensemble._forest.RandomForestClassifier": _fitted("""
        _n_samples _n_samples_bootstrap _sample_weight classes_ estimator estimator_ estimator_params
        estimators_ n_classes_ n_outputs_ oob_decision_function_ oob_score_
    """),
    "sklearn.ensemble._gb.GradientBoostingClassifier": _fitted("""
        _loss _rng alpha classes_ estimators_ init_ max_features_ n_classes_ n_estimators_
        n_trees_per_iteration_ oob_improvement_ oob_score_ oob_scores_ train_score_
    """),
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper": _fitted("""
        bin_thresholds_ is_categorical_ missing_values_bin_idx_ n_bins_non_missing_
    """),
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier": _fitted("""
        _baseline_prediction _bin_mapper _feature_subsample_rng _is_categorical_remapped _label_encoder
        _loss _n_features _predictors _preprocessor _random_seed _scorer _use_validation_data classes_
        do_early_stopping_ is_categorical_ n_trees_per_iteration_ train_score_ validation_score_
    """),
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": _fitted("""
        binned_left_cat_bitsets nodes raw_left_cat_bitsets
    """),
    "sklearn.ensemble._stacking.StackingClassifier": _fitted("""
        _label_encoder _n_feature_outs classes_ estimators_ final_estimator_ named_estimators_ stack_method_
    """),
    "sklearn.ensemble._voting.VotingClassifier": _fitted("classes_ estimators_ le_ named_estimators_"),
    "sklearn.ensemble._weight_boosting.AdaBoostClassifier": _fitted("""
        classes_ estimator_ estimator_errors_ estimator_params estimator_weights_ estimators_ n_classes_
    """),
    "sklearn.feature_selection._univariate_selection.SelectKBest": _fitted("pvalues_ scores_"),
    "sklearn.feature_selection._variance_threshold.VarianceThreshold": _fitted("variances_"),
    "sklearn.impute._base.MissingIndicator": _fitted("_n_features _precomputed features_"),
    "sklearn.impute._base.SimpleImputer": _fitted("_fill_dtype _fit_dtype indicator_ statistics_"),
    "sklearn.isotonic.IsotonicRegression": _fitted("""
        X_max_ X_min_ X_thresholds_ f_ increasing_ y_thresholds_
    """),
    "sklearn.linear_model._logistic.LogisticRegression": _fitted("classes_ coef_ intercept_ n_iter_"),
    "sklearn.linear_model._stochastic_gradient.SGDClassifier": _fitted("""
        _average_coef _average_intercept _expanded_class_weight _loss_function_ _standard_coef
        _standard_intercept classes_ coef_ intercept_ n_iter_ t_
    """),
    "sklearn.naive_bayes.GaussianNB": _fitted("""
        class_count_ class_prior_ classes_ epsilon_ theta_ var_
    """),
    "sklearn.neighbors._classification.KNeighborsClassifier": _fitted("""
        _fit_X _fit_method _tree _y classes_ effective_metric_ effective_metric_params_ n_samples_fit_
        outputs_2d_ radius
    """),
    "sklearn.neural_network._multilayer_perceptron.MLPClassifier": _fitted("""
        _best_coefs _best_intercepts _coef_indptr _intercept_indptr _label_binarizer _no_improvement_count
        _optimizer _random_state best_loss_ best_validation_score_ classes_ coefs_ intercepts_ loss loss_
        loss_curve_ n_iter_ n_layers_ n_outputs_ out_activation_ t_ validation_scores_
    """),
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer": _fitted("""
        beta_1 beta_2 epsilon learning_rate learning_rate_init ms t vs
    """),
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer": _fitted("""
        learning_rate learning_rate_init lr_schedule momentum nesterov power_t velocities
    """),
    "sklearn.pipeline.FeatureUnion": _fitted(""),
    "sklearn.pipeline.Pipeline": _fitted(""),
    "sklearn.preprocessing._data.MinMaxScaler": _fitted("""
        data_max_ data_min_ data_range_ min_ n_samples_seen_ scale_
    """),
    "sklearn.preprocessing._data.PowerTransformer": _fitted("_scaler lambdas_"),
    "sklearn.preprocessing._data.QuantileTransformer": _fitted("n_quantiles_ quantiles_ references_"),
    "sklearn.preprocessing._data.RobustScaler": _fitted("center_ scale_"),
    "sklearn.preprocessing._data.StandardScaler": _fitted("mean_ n_samples_seen_ scale_ var_"),
    "sklearn.preprocessing._discretization.KBinsDiscretizer": _fitted("_encoder bin_edges_ n_bins_"),
    "sklearn.preprocessing._encoders.OneHotEncoder": _fitted("""
        _drop_idx_after_grouping _infrequent_enabled _n_features_outs categories_ drop_idx_
    """),
    "sklearn.preprocessing._function_transformer.FunctionTransformer": _fitted(""),
    "sklearn.preprocessing._label.LabelBinarizer": _fitted("classes_ sparse_input_ y_type_"),
    "sklearn.preprocessing._label.LabelEncoder": _fitted("classes_"),
    "sklearn.preprocessing._polynomial.PolynomialFeatures": _fitted("""
        _max_degree _min_degree _n_out_full n_output_features_
    """),
    "sklearn.svm._classes.LinearSVC": _fitted("classes_ coef_ intercept_ n_iter_"),
    "sklearn.svm._classes.SVC": _fitted("""
        _dual_coef_ _effective_probability _gamma _intercept_ _n_support _num_iter _probA _probB _sparse
        class_weight_ classes_ dual_coef_ epsilon fit_status_ intercept_ n_iter_ nu shape_fit_ support_
        support_vectors_
    """),
    "sklearn.tree._classes.DecisionTreeClassifier": _fitted("""
        classes_ max_features_ n_classes_ n_outputs_ tree_
    """),
    "sklearn.tree._classes.DecisionTreeRegressor": _fitted("""
        class_weight max_features_ n_outputs_ tree_
    """),
    "sklearn.tree._classes.ExtraTreeClassifier": _fitted("""
        classes_ max_features_ n_classes_ n_outputs_ tree_
    """),
    "xgboost.core.Booster": _fitted("handle"),
    "xgboost.sklearn.XGBClassifier": _fitted("""
        _Booster base_score booster callbacks colsample_bylevel colsample_bynode colsample_bytree device
        early_stopping_rounds enable_categorical eval_metric evals_result_ feature_types feature_weights
        gamma grow_policy importance_type interaction_constraints learning_rate max_bin max_cat_threshold
        max_cat_to_onehot max_delta_step max_depth max_leaves min_child_weight missing monotone_constraints
        multi_strategy n_classes_ n_estimators n_jobs num_parallel_tree random_state reg_alpha reg_lambda
        sampling_method scale_pos_weight subsample tree_method validate_parameters verbosity
    """),
}
